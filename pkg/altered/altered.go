// Package altered is for tests: embedded files with something in them changed,
// to see that the change is noticed.
//
// Guarantee: a text that is not there to be changed fails the test, so that no
// test passes because it changed nothing.
package altered

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// Files is a copy of files in which the first occurrence of each old text in
// one file is replaced by the new one behind it.
func Files(t testing.TB, files fs.FS, name string, oldnew ...string) fs.FS {
	t.Helper()
	copied := fstest.MapFS{}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		copied[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	file, ok := copied[name]
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(file.Data), oldnew[i]) {
			t.Fatalf("%s does not say %q", name, oldnew[i])
		}
		file.Data = []byte(strings.Replace(string(file.Data), oldnew[i], oldnew[i+1], 1))
	}
	return copied
}
