// Command posada is an agency's node, the command line that asks it, and the
// demo.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Environ(), streams{os.Stdin, os.Stdout, os.Stderr}))
}
