// Package hsds writes what is in the directory in the form others list services in, and
// reads it: the Human Services Data Specification of Open Referral, JSON, versions 3.0 and
// 3.1 (https://docs.openreferral.org, CC BY-SA 4.0; facts of it are carried over, no text
// and no schema).
//
// Guarantee: what is written holds no address and no coordinates of a confidential agency,
// no coordinates, exact number of places, person's name, class or member's id of anybody,
// and of free places nothing younger than six hours (directory.Told). What is read is an
// entry that directory.Check finds right, or it is left out and named with its place in
// the file; nothing is guessed. An address is read only of an agency of which the file
// says, in our own terms, that it is not confidential: a file of somebody else lists
// shelters under terms that nobody here knows. Limit: names are taken as they are written,
// but for figures (directory.ErrFigures); whoever publishes reads them first.
//
// Both directions keep to the standard's names: a service with its organization within it,
// a page of the API around the list. What HSDS has no field for is an attribute of the
// taxonomy "posada", its code kind:word, such as age:18-24 (terms.go).
package hsds

import (
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
)

// Taxonomy is what our own terms are called in a file.
const Taxonomy = "posada"

// MaxBytes is how large a file may be that is read.
const MaxBytes = 32 << 20

// Locate finds a zone of the IANA time zone database, as time.LoadLocation does.
type Locate func(name string) (*time.Location, error)

// Errors of a whole file.
var (
	ErrJSON  = errors.New("not JSON")
	ErrShape = errors.New("not HSDS: want a service, a list of services, or a page with contents")
	ErrLarge = errors.New("larger than 32 MiB")
	ErrClock = errors.New("the clock of a zone is not known here")
)

// derived is an identifier that is made from others, so that what is written twice is the
// same bytes, and nothing is drawn (RFC 9562, version 8: SHA-256 cut short).
func derived(parts ...string) directory.ID {
	sum := sha256.Sum256([]byte("posada hsds\x00" + strings.Join(parts, "\x00")))
	return directory.IDFrom([16]byte(sum[:16]), 8)
}
