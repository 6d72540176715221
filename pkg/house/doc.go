// Package house holds the tree to its own rules. It is only tests: who may
// import whom, what the hub must not link, what may be logged, how large things
// grow, and that the documents say what is so.
package house
