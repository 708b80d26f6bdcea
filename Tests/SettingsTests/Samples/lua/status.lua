-- The page.
ngx.print(require("resty.upstream.healthcheck").prometheus_status_page())
