// Package book is the directory of agencies as this node has it, and at an agency that gives
// it to others the keys of its newest version.
//
// Holds: what agencies say of themselves to each other, without an address of who gives a
// place to be; keys of sealed directories. May reach: post, through an interface.
// If compromised: which agencies there are and their telephones; where the keys are given
// from, a body to be feared could be given them.
//
// What stewards signed is sealed for each class (pkg/directory). It is opened with a key that
// comes in an envelope, and nothing depends on who sent that: of one signed sheet there is
// one key. What was opened last stays until something newer is.
package book

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Post is what the unit asks of post.
type Post interface {
	Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error
	Wake()
}

// Config is what the unit needs.
type Config struct {
	Agency  posada.AgencyID
	Network posada.NetworkID
	Vault   *vault.Vault
	Members *roster.Current
	// Signed is the sealed directory that stewards signed last; version 0: there is none.
	Signed func() (trust.Edition, []byte, error)
	// Counts reports whether what an edition permits of one agency, read here since a moment,
	// counts now.
	Counts func(of trust.Edition, agency posada.AgencyID, since time.Time) bool
	File   *directory.Known // until one is opened
	Post   Post
	Now    func() time.Time
	Random io.Reader
	Log    obs.Log
}

// Book is the unit. It is safe for concurrent use.
type Book struct {
	c     Config
	known atomic.Pointer[directory.Known]

	mu      sync.Mutex        // never held over a transaction
	sealed  *directory.Sealed // as stewards signed it last; nil: nothing that can be read
	edition trust.Edition     // which that is
	version uint64            // of what is open; 0: the file
	classes classes
}

var _ handoff.Unit = (*Book)(nil)

// New reads what was opened last, and opens what can be.
func New(c Config) (*Book, error) {
	b := &Book{c: c}
	b.known.Store(c.File)
	if err := c.Vault.View(func(tx *vault.Tx) error { return errors.Join(b.remember(tx), b.rememberClasses(tx)) }); err != nil {
		return nil, fmt.Errorf("book: %w", err)
	}
	return b, b.Decided()
}

// Known is what is known of agencies now: all of it from what was opened last, or from the
// file while nothing was.
func (b *Book) Known() *directory.Known { return b.known.Load() }

// Version is the version of what is known; 0: it is from the file.
func (b *Book) Version() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.version
}

// Decided goes over to what stewards decided: another directory, another class of this
// agency, another member to give a key to.
func (b *Book) Decided() error {
	if err := b.look(); err != nil {
		return err
	}
	err := b.c.Vault.Update(func(tx *vault.Tx) error { return errors.Join(b.open(tx), b.give(tx)) })
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	b.c.Post.Wake()
	return nil
}

// look looks at what stewards signed. What cannot be read takes nothing's place.
func (b *Book) look() error {
	edition, text, err := b.c.Signed()
	if err != nil {
		return fmt.Errorf("book: %w", err)
	}
	var sealed *directory.Sealed
	if edition.Version > 0 {
		s, err := directory.ReadSealed(text)
		if err == nil && s.Version != edition.Version {
			err = directory.ErrNotSame
		}
		if err == nil {
			sealed = &s
		} else {
			b.unread(edition.Version, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sealed, b.edition = sealed, edition
	return nil
}

// signed is what was looked at last.
func (b *Book) signed() *directory.Sealed {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sealed
}

// open opens what stewards signed last with a key that came, unless it is open already.
func (b *Book) open(tx *vault.Tx) error {
	sealed, class := b.signed(), b.c.Members.Get().Class(b.c.Agency)
	before, err := optional(openTable.Get(tx, only))
	if err != nil || sealed == nil {
		return err
	}
	mark := sealed.Mark(class)
	if sealed.Version < before.Version || sealed.Version == before.Version && mark == before.Mark {
		return nil
	}
	key, has, err := b.key(tx, mark)
	if err != nil || !has {
		return err
	}
	opened, err := sealed.Open(b.c.Network, class, key)
	if err != nil {
		b.unread(sealed.Version, err)
		return nil
	}
	text, err := directory.Write(opened)
	if err != nil {
		return err
	}
	if err := openTable.Put(tx, only, vault.KeyID{}, open{sealed.Version, mark, text}); err != nil {
		return err
	}
	if err := b.classify(tx, opened); err != nil {
		return err
	}
	b.show(opened)
	b.c.Log.Info("the directory is another now", obs.Version(sealed.Version))
	return nil
}

func (b *Book) show(opened directory.Book) {
	b.known.Store(directory.Know(opened.Entries))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version = opened.Version
}

// unread says that stewards signed what is no directory; the one before stays.
func (b *Book) unread(version uint64, err error) {
	b.c.Log.Alarm("the directory that stewards signed cannot be read; the one before stays", obs.Version(version), obs.Reason(err, directory.ErrSealed, directory.ErrNotSame, directory.ErrSheet, directory.ErrKey))
}

// refusedKey is said of a key that cannot be read (pkg/i18n, aside.*).
const refusedKey = "directory_key"

// Handle takes in a key. Each agency has one place for it, so whoever sends many of them puts
// none of another's away.
func (b *Book) Handle(_ context.Context, tx *vault.Tx, in handoff.Incoming) error {
	var opens event.Opens
	if err := in.Statement.Read(&opens); err != nil {
		return handoff.Refuse(refusedKey, err)
	}
	if err := keyTable.Put(tx, string(in.From), vault.KeyID{}, opens.Key); err != nil {
		return err
	}
	return b.open(tx)
}
