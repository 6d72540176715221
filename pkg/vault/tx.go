package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Bucket is a named part of the store.
type Bucket string

// Tx is one transaction. It must not be used after the function it was given
// to has returned.
type Tx struct {
	v   *Vault
	b   *bbolt.Tx
	new map[KeyID][]byte // keys made in this transaction
}

// format is the version of the sealed form below.
const format = 1

// NewKey makes a record key. It is durable when the transaction is.
func (t *Tx) NewKey() (KeyID, error) {
	var drawn [len(KeyID{}) + keySize]byte
	if _, err := io.ReadFull(t.v.random, drawn[:]); err != nil {
		return KeyID{}, fmt.Errorf("new record key: %w", err)
	}
	id := KeyID(drawn[:len(KeyID{})])
	if t.new == nil {
		t.new = map[KeyID][]byte{}
	}
	t.new[id] = drawn[len(KeyID{}):]
	return id, nil
}

// givenUp lists keys that are to be destroyed.
const givenUp Bucket = "given up"

// Erase gives a record key up, with the transaction; Sweep destroys it.
func (t *Tx) Erase(id KeyID) error { return t.Put(givenUp, string(id[:]), KeyID{}, id[:]) }

// Put writes a value under a name, sealed with a record key; the zero KeyID is
// the vault's own.
func (t *Tx) Put(b Bucket, name string, under KeyID, value []byte) error {
	place := t.v.blind(b, name)
	sealed, err := t.seal(b, place, under, framed([]byte(name), value))
	if err != nil {
		return err
	}
	bucket, err := t.b.CreateBucketIfNotExists([]byte(b))
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	return bucket.Put(place, sealed)
}

// Get reads the value under a name: ErrNotFound, ErrErased, or the value.
func (t *Tx) Get(b Bucket, name string) ([]byte, error) {
	place := t.v.blind(b, name)
	_, value, err := t.read(b, place)
	return value, err
}

// Delete removes the value under a name, if there is one. The freed page keeps
// its sealed bytes until it is used again.
func (t *Tx) Delete(b Bucket, name string) error {
	bucket := t.b.Bucket([]byte(b))
	if bucket == nil {
		return nil
	}
	return bucket.Delete(t.v.blind(b, name))
}

// Each calls fn for every value of a bucket, in no order that means anything.
// Erased ones are passed over.
func (t *Tx) Each(b Bucket, fn func(name string, value []byte) error) error {
	return t.walk(b, nil, func(place []byte) error {
		name, value, err := t.read(b, place)
		if errors.Is(err, ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(name, value)
	})
}

// Append adds a value at the end of a log and returns its number, from 1.
func (t *Tx) Append(b Bucket, under KeyID, value []byte) (uint64, error) {
	bucket, err := t.b.CreateBucketIfNotExists([]byte(b))
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	n, err := bucket.NextSequence()
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	place := binary.BigEndian.AppendUint64(nil, n)
	sealed, err := t.seal(b, place, under, framed(nil, value))
	if err != nil {
		return 0, err
	}
	return n, bucket.Put(place, sealed)
}

// Log calls fn for the values of a log in order, from number from on.
func (t *Tx) Log(b Bucket, from uint64, fn func(n uint64, value []byte) error) error {
	return t.walk(b, binary.BigEndian.AppendUint64(nil, from), func(place []byte) error {
		_, value, err := t.read(b, place)
		if errors.Is(err, ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(binary.BigEndian.Uint64(place), value)
	})
}

// Last is the newest value of a log and its number; ErrNotFound where it is
// empty.
func (t *Tx) Last(b Bucket) (uint64, []byte, error) {
	bucket := t.b.Bucket([]byte(b))
	if bucket == nil {
		return 0, nil, ErrNotFound
	}
	place, _ := bucket.Cursor().Last()
	if place == nil {
		return 0, nil, ErrNotFound
	}
	_, value, err := t.read(b, place)
	return binary.BigEndian.Uint64(place), value, err
}

// walk visits the places of a bucket as they were when it began.
func (t *Tx) walk(b Bucket, from []byte, fn func(place []byte) error) error {
	bucket := t.b.Bucket([]byte(b))
	if bucket == nil {
		return nil
	}
	var places [][]byte
	cursor := bucket.Cursor()
	for place, _ := cursor.Seek(from); place != nil; place, _ = cursor.Next() {
		places = append(places, append([]byte(nil), place...))
	}
	for _, place := range places {
		if err := fn(place); err != nil {
			return err
		}
	}
	return nil
}

// seal binds a value to its bucket, its place, its key and the format.
func (t *Tx) seal(b Bucket, place []byte, under KeyID, text []byte) ([]byte, error) {
	key, ok := t.key(under)
	if !ok {
		return nil, ErrErased
	}
	clear := append([]byte{format}, under[:]...)
	return seal(t.v.random, key, clear, text, framed([]byte(b), place, clear))
}

func (t *Tx) read(b Bucket, place []byte) (name string, value []byte, err error) {
	bucket := t.b.Bucket([]byte(b))
	if bucket == nil {
		return "", nil, ErrNotFound
	}
	sealed := bucket.Get(place)
	if sealed == nil {
		return "", nil, ErrNotFound
	}
	clear := 1 + len(KeyID{})
	switch {
	case len(sealed) < clear:
		return "", nil, ErrDamaged
	case sealed[0] > format:
		return "", nil, ErrNewer
	case sealed[0] != format:
		return "", nil, ErrDamaged
	}
	key, ok := t.key(KeyID(sealed[1:clear]))
	if !ok {
		return "", nil, ErrErased
	}
	text, err := open(key, sealed[clear:], framed([]byte(b), place, sealed[:clear]))
	if err != nil {
		return "", nil, err
	}
	named := 4 + int(binary.BigEndian.Uint32(text))
	return string(text[4:named]), text[named+4:], nil
}

func (t *Tx) key(id KeyID) ([]byte, bool) {
	if id == (KeyID{}) {
		return t.v.subs.records, true
	}
	if key, ok := t.new[id]; ok {
		return key, true
	}
	return t.v.keys.get(id)
}

// blind turns a name into the 16 bytes it is found by, which tell nothing of
// it without the vault's secret.
func (v *Vault) blind(b Bucket, name string) []byte {
	mac := hmac.New(sha256.New, v.subs.blinding)
	mac.Write(framed([]byte(b), []byte(name)))
	return mac.Sum(nil)[:16]
}

// Pseudonym is a PRF of the parts under a key of this vault alone: 16 bytes
// that are the same each time and that nobody else can make or relate.
//
// It panics once the vault is closed: a name made under no key would be
// everybody's.
func (v *Vault) Pseudonym(parts ...string) [16]byte {
	if v.wiped.Load() {
		panic("vault: a pseudonym was asked of a closed vault")
	}
	mac := hmac.New(sha256.New, v.subs.pseudonyms)
	for _, p := range parts {
		mac.Write(framed([]byte(p)))
	}
	return [16]byte(mac.Sum(nil))
}
