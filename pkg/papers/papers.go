// Package papers is what is handed to the person a case is about, on paper or
// on her telephone, in her language: the form she signs, what was shared of
// her, and the card that takes it back.
//
// Guarantee: a paper is made of what the caller gives and nothing else; there
// is no I/O, clock or randomness here, and a page asks nothing of any network.
// No name that is given makes a line of its own. The withdrawal card bears the
// eight words and nothing else. Limit: what is on paper can be found, read and
// photographed by whoever stands near.
package papers
