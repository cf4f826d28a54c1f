/** The runner looks for the metronome beside the worker file. */
import '../../workers/metronome.js';
