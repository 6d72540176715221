package main

import (
	"os"
	"path/filepath"
	"strings"
)

// command is a command line of this program that runs as it is printed.
func command(words ...string) string { return line(program("posada"), words...) }

// line is a command line for a shell.
func line(program string, words ...string) string {
	text := quoted(program)
	for _, w := range words {
		text += " " + quoted(w)
	}
	return text
}

// program is how one of our two programs is called from here: as this one was,
// from beside it. What `go run` built is gone when it ends; then it is where
// `make build` puts them.
func program(name string) string {
	called := os.Args[0]
	if !strings.ContainsRune(called, filepath.Separator) {
		return name // found by the shell
	}
	if temporary() {
		return filepath.Join("bin", name)
	}
	called = filepath.Join(filepath.Dir(called), name)
	here, err := os.Getwd()
	if err != nil {
		return called
	}
	absolute, err := filepath.Abs(called)
	if err != nil {
		return called
	}
	if near, err := filepath.Rel(here, absolute); err == nil && len(near) < len(absolute) && strings.ContainsRune(near, filepath.Separator) {
		return near
	}
	return absolute
}

// temporary reports whether this program is one that `go run` built, in a
// folder that goes when it ends.
func temporary() bool { return strings.Contains(filepath.ToSlash(os.Args[0]), "/go-build") }

// quoted is a word as a shell takes it whole.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=+@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
