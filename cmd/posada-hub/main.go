// Command posada-hub is the blind relay: it keeps sealed envelopes until they
// are collected, and links nothing that could open one.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
