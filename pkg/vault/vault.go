// Package vault is an agency's store: sealed records under keys that can be
// destroyed, in one transaction at a time.
//
// Guarantee: nothing readable is written. Every value is sealed
// (XChaCha20-Poly1305) under the key of its owner, a case or a disclosure, and
// bound to its bucket and place; the names it is looked up by are blinded.
// What Update returned without error is on the disk. A value whose key was
// erased is gone, whatever copies of the store exist (keyfile.go says where
// that stops). Why it is safe: nonces are 192 random bits, so they do not
// repeat under one key; the associated data names bucket, place, key and
// format, so no record can be moved onto another.
//
// Limit: whoever has the files and the secret reads everything that was not
// erased. The number and the sizes of records can be seen without the secret.
// A whole older copy of the store can be put in place of a newer one.
//
// Close overwrites the keys the package holds. Where that stops: what the
// garbage collector copied before, what Argon2id and the ciphers keep of a key
// in memory of their own, and what other packages read and keep, is not
// overwritten; it is let go, and gone when the runtime uses the memory again or
// gives it back (services/node overwrites what it can of that). A machine that is off, or whose memory was never swapped,
// keeps none of it.
//
// The package knows bytes, keys, versions and transactions, and no word of the
// domain.
package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Errors of a vault.
var (
	ErrExists   = errors.New("there is a vault here already")
	ErrNoVault  = errors.New("there is no vault here")
	ErrSecret   = errors.New("the vault does not open with this secret")
	ErrInUse    = errors.New("another process has the vault open")
	ErrNotFound = errors.New("no such record")
	ErrErased   = errors.New("the record's key was erased")
	ErrDamaged  = errors.New("a record was damaged or moved")
	ErrNewer    = errors.New("the record was written by a newer version of this program")
	ErrClosed   = errors.New("the vault is closed")
	ErrPanicked = errors.New("a transaction panicked")
)

// Gone reports whether an error says that a record cannot be had any more, or
// never was there: not found, or its key erased.
func Gone(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrErased) }

// The vault's files.
const (
	headFile = "vault.head" // the vault key, wrapped
	dataFile = "vault.db"   // sealed records
	keysFile = "vault.keys" // record keys that can be erased
)

// Vault is an open vault. It is safe for concurrent use.
type Vault struct {
	db     *bbolt.DB
	keys   *keyFile
	subs   subkeys
	random io.Reader
	queue  chan *request
	closed chan struct{}
	done   chan struct{}
	wiped  atomic.Bool // the keys are overwritten
}

// Create makes an empty vault in dir, which may exist. random must be a
// cryptographic source.
func Create(dir string, secret Secret, random io.Reader) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create vault: %w", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, headFile)); err == nil {
		return ErrExists
	}
	head, key, err := newHead(secret, random)
	if err != nil {
		return fmt.Errorf("create vault: %w", err)
	}
	subs, err := derive(key)
	if err != nil {
		return fmt.Errorf("create vault: %w", err)
	}
	if err := createKeyFile(filepath.Join(dir, keysFile), subs.generations, random); err != nil {
		return fmt.Errorf("create vault: %w", err)
	}
	// The head comes last: a vault without one was never finished.
	if err := WriteDurably(filepath.Join(dir, headFile), head); err != nil {
		return fmt.Errorf("create vault: %w", err)
	}
	return nil
}

func readHead(dir string) ([]byte, error) {
	head, err := os.ReadFile(filepath.Join(dir, headFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoVault
	}
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	if len(head) != headSize || string(head[:len(headMagic)]) != headMagic {
		return nil, ErrDamaged
	}
	return head, nil
}

// OpensByPassphrase reports whether the vault in dir wants a passphrase, and
// not a key.
func OpensByPassphrase(dir string) (bool, error) {
	head, err := readHead(dir)
	return err == nil && secretKind(head[len(headMagic)]) == byPassphrase, err
}

// Rewrap makes another secret the one that opens the vault in dir, which may be
// open meanwhile: what is open stays so, and the next Open wants the new one.
// Whatever interrupts it, exactly one of the two opens the vault. ErrSecret: from
// is not the one; nothing was changed.
//
// Limit: the vault key stays what it was. Whoever knows the old secret and has a
// copy of the head from before still reads every copy of the store, also of what
// was written since: a copy that may have been taken asks for a new vault.
func Rewrap(dir string, from, to Secret, random io.Reader) error {
	head, err := readHead(dir)
	if err != nil {
		return err
	}
	key, err := openHead(head, from)
	if err != nil {
		return err
	}
	defer wipe(key)
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return fmt.Errorf("rewrap vault: %w", err)
	}
	if head, err = wrapHead(to, salt, key, random); err != nil {
		return fmt.Errorf("rewrap vault: %w", err)
	}
	if err := WriteDurably(filepath.Join(dir, headFile), head); err != nil {
		return fmt.Errorf("rewrap vault: %w", err)
	}
	return nil
}

// Open opens the vault in dir.
func Open(dir string, secret Secret, random io.Reader) (*Vault, error) {
	head, err := readHead(dir)
	if err != nil {
		return nil, err
	}
	key, err := openHead(head, secret)
	if err != nil {
		return nil, err
	}
	subs, err := derive(key)
	clear(key)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	db, err := bbolt.Open(filepath.Join(dir, dataFile), 0o600, &bbolt.Options{
		Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
	})
	if err != nil {
		subs.wipe()
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	keys, err := openKeyFile(filepath.Join(dir, keysFile), subs.generations, random)
	if err != nil {
		subs.wipe()
		return nil, errors.Join(fmt.Errorf("open vault: %w", err), db.Close())
	}
	v := &Vault{
		db: db, keys: keys, subs: subs, random: random,
		queue: make(chan *request, maxGroup), closed: make(chan struct{}), done: make(chan struct{}),
	}
	go v.commitInGroups()
	return v, nil
}

// Close waits for what Update has taken on, closes the files and overwrites the
// keys. It may be called once.
func (v *Vault) Close() error {
	close(v.closed)
	<-v.done
	// The database closes when the last View has returned: after it nobody
	// reads a key.
	err := v.db.Close()
	v.wiped.Store(true)
	v.subs.wipe()
	return errors.Join(v.keys.close(), err)
}

// View runs fn on the store as it stands.
func (v *Vault) View(fn func(*Tx) error) error {
	err := v.db.View(func(b *bbolt.Tx) error { return fn(&Tx{v: v, b: b}) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// Erase destroys record keys: what they sealed can no longer be read, here or
// in any copy. It is durable when it returns. Keys that are not there are not
// an error.
func (v *Vault) Erase(ids ...KeyID) error { return v.keys.erase(ids) }

// Sweep destroys the keys that transactions gave up (Tx.Erase) and says how
// many there were. Killed on the way it begins again.
func (v *Vault) Sweep() (int, error) {
	var ids []KeyID
	err := v.View(func(tx *Tx) error {
		return tx.Each(givenUp, func(_ string, id []byte) error {
			ids = append(ids, KeyID(id))
			return nil
		})
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := v.Erase(ids...); err != nil {
		return 0, err
	}
	return len(ids), v.Update(func(tx *Tx) error {
		for _, id := range ids {
			if err := tx.Delete(givenUp, string(id[:])); err != nil {
				return err
			}
		}
		return nil
	})
}
