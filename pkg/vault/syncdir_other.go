//go:build !unix

package vault

// syncDir: a directory cannot be synced here; the file system orders a rename
// after the file's own flush.
func syncDir(string) error { return nil }
