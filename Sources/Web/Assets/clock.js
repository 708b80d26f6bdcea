"use strict";
setInterval(() => postMessage(0), 5000);
