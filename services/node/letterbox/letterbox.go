// Package letterbox keeps work that staff hand in while the vault is closed, and
// has it carried out when it is open.
//
// Holds: sealed letters on the disk; in the vault the key that opens them and
// what became of each. May reach: the vault, and its own folder. If compromised:
// what was handed in while the node was locked, with the tokens it was handed in
// with.
//
// Guarantee: what Put returned without error is on the disk, sealed to a key
// whose private half is in the vault, and is carried out once, in order, or
// refused once, however often the process dies on the way. Nothing is checked
// before: a letter is carried out as if it were asked at that moment.
//
// Why once: what staff do writes an entry into the audit in its own
// transaction. Before a letter is carried out the length of the audit is noted;
// nobody else acts for staff until all letters are done with; so after a crash
// the audit says whether the letter was carried out.
//
// Limits: how many letters there are, their size to a power of two and when each
// was written can be seen on the disk. Whoever can write the disk can remove
// letters, change their order, and put another public half in place of ours, to
// which later letters are then sealed; Open finds that, but not before. Whoever
// can reach the API of a locked node can fill the box.
package letterbox

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Bounds of a box.
const (
	MaxLetters = 100
	MaxBytes   = 8 << 20
	MaxBody    = 64 << 10
)

// Errors of a box.
var (
	ErrNoKey    = errors.New("the letterbox has no key yet: the vault was never open")
	ErrFull     = errors.New("the letterbox is full")
	ErrTooLarge = errors.New("the request is too large for a letter")
	ErrOtherKey = errors.New("the letterbox's public key is not the vault's: somebody replaced it")
)

// Request is work that was handed in.
type Request struct {
	Method   string `json:"method"`
	Path     string `json:"path"`
	Language string `json:"language"`
	Token    string `json:"token"`
	Body     []byte `json:"body"`
	Key      string `json:"key,omitempty"` // an Idempotency-Key
}

// String hides the request.
func (Request) String() string { return "(redacted)" }

// GoString hides the request.
func (Request) GoString() string { return "(redacted)" }

// letter is what is sealed.
type letter struct {
	ID      string    `json:"id"` // random
	At      time.Time `json:"at"`
	Request Request   `json:"request"`
}

// Names in the folder.
const (
	keyFile = "letters.recipient"
	suffix  = ".letter"
	aside   = ".aside" // one that does not open
)

// Box is a folder of letters. Its methods are not to be called at once.
type Box struct {
	dir    string
	random io.Reader
	now    func() time.Time
}

// New makes a box in a folder. It has no side effects.
func New(dir string, random io.Reader, now func() time.Time) *Box {
	return &Box{dir: dir, random: random, now: now}
}

// Used reports whether there ever was a letterbox here.
func (b *Box) Used() bool {
	_, err := os.Lstat(filepath.Join(b.dir, keyFile))
	return err == nil
}

// Put seals a request. It is on the disk when Put returns.
func (b *Box) Put(r Request) error {
	if len(r.Body) > MaxBody {
		return ErrTooLarge
	}
	public, err := os.ReadFile(filepath.Join(b.dir, keyFile))
	if errors.Is(err, os.ErrNotExist) {
		return ErrNoKey
	}
	if err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	to, err := seal.ParseRecipient(strings.TrimSpace(string(public)))
	if err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	next, err := b.room()
	if err != nil {
		return err
	}
	var id [16]byte
	if _, err := io.ReadFull(b.random, id[:]); err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	text, err := json.Marshal(letter{ID: hex.EncodeToString(id[:]), At: b.now().UTC(), Request: r})
	if err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	defer clear(text)
	sealed, err := seal.SealLetter(to, text)
	if err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	if err := vault.WriteDurably(filepath.Join(b.dir, fmt.Sprintf("%016d%s", next, suffix)), sealed); err != nil {
		return fmt.Errorf("letterbox: %w", err)
	}
	return nil
}

// room is the number of the next letter, if there is room for one.
func (b *Box) room() (next uint64, err error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return 0, fmt.Errorf("letterbox: %w", err)
	}
	count, size := 0, int64(0)
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), ".")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // it was carried out meanwhile
		}
		if err != nil {
			return 0, fmt.Errorf("letterbox: %w", err)
		}
		count, size, next = count+1, size+info.Size(), max(next, n)
	}
	if count >= MaxLetters || size >= MaxBytes {
		return 0, ErrFull
	}
	return next + 1, nil
}

// list is the letters there are, in their order.
func (b *Box) list() ([]string, error) {
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, err
}
