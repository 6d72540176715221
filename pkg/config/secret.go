package config

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"runtime"
)

// ReadSecret reads a secret from its file, without the line's end. A file that
// others on the machine may read is refused.
func ReadSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, Refusal{WhyOpenSecret, path}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return bytes.TrimRight(text, "\r\n"), nil
}

// ReadSeed reads 32 secret bytes, written as 43 characters of base64url.
func ReadSeed(path string) (seed [32]byte, err error) {
	text, err := ReadSecret(path)
	if err != nil {
		return seed, err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil || len(raw) != len(seed) {
		return seed, Refusal{WhyNoKey, path}
	}
	return [32]byte(raw), nil
}

// NewSeed draws 32 secret bytes and writes them to a file that is not there
// yet, for its owner's eyes only.
func NewSeed(path string, random io.Reader) (seed [32]byte, err error) {
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return seed, fmt.Errorf("draw a key: %w", err)
	}
	return seed, WriteSecret(path, []byte(base64.RawURLEncoding.EncodeToString(seed[:])+"\n"))
}

// WriteSecret writes a secret to a file that is not there yet.
func WriteSecret(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write a secret: %w", err)
	}
	if _, err := file.Write(text); err != nil {
		return fmt.Errorf("write a secret: %w", err)
	}
	return file.Close()
}
