#pragma once

/* What must be so before the first line of Swift runs: see console.c. Nothing is to be called. */
