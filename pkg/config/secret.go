package config

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// credential begins a setting that names one of the service manager's
// credentials instead of a file's path.
const credential = "credential:"

// credentialsDirectory is the variable in which systemd says where they are
// (systemd.exec(5), LoadCredential=).
const credentialsDirectory = "CREDENTIALS_DIRECTORY"

// ReadSecret reads a secret from its file, without the line's end. A file that
// others on the machine may read is refused. credential:NAME is the file NAME
// in the folder the service manager made for this process.
func ReadSecret(path string) ([]byte, error) {
	file, open, err := located(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&open != 0 {
		return nil, Refusal{WhyOpenSecret, file}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return bytes.TrimRight(text, "\r\n"), nil
}

// located is where a secret is, and the permissions that would open it to
// others. systemd gives a credential to its service by an access control list;
// what the list may grant at most, its mask, shows where a group's permission
// to read stands in other files, though no group has any.
func located(path string) (file string, open fs.FileMode, err error) {
	name, is := strings.CutPrefix(path, credential)
	if !is {
		return path, 0o077, nil
	}
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return "", 0, Refusal{WhyNoCredential, path}
	}
	folder := os.Getenv(credentialsDirectory)
	if !filepath.IsAbs(folder) {
		return "", 0, Refusal{WhyNoCredentials, path}
	}
	return filepath.Join(folder, name), 0o037, nil
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

// WriteSecret writes a secret to a file that is not there yet. Credentials are
// the service manager's to make.
func WriteSecret(path string, text []byte) error {
	if strings.HasPrefix(path, credential) {
		return Refusal{WhyNoCredential, path}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write a secret: %w", err)
	}
	if _, err := file.Write(text); err != nil {
		return fmt.Errorf("write a secret: %w", err)
	}
	return file.Close()
}
