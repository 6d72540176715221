//go:build !unix

package torture

import "os"

// pause does nothing: this system stops no process from outside.
func pause(*os.Process) error { return nil }

func resume(*os.Process) error { return nil }
