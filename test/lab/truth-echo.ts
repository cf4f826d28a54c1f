/** The runner looks for its helper threads beside the worker file. */
import '../../workers/truth-echo.js';
