package trust

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/posada-exchange/posada/pkg/roster"
)

// refresh is one refresh on its way.
type refresh struct {
	src    *source
	dir    string
	now    time.Time
	tool   *updater.Updater
	old    map[string][]byte // state before
	kept   map[string][]byte // files to keep besides go-tuf's, by their names in the state
	roles  []Role            // documents to keep
	ledger ledger
	brakes []SeenBrake
	looked time.Time // what the hub said last was signed then
}

func (r *refresh) run(pin string) (View, error) {
	charter, err := r.tuf(pin)
	if err != nil {
		return View{}, err
	}
	set := r.tool.GetTrustedMetadataSet()
	if err := charter.checkTop(set.Targets[metadata.TARGETS]); err != nil {
		return View{}, err
	}
	signedAt, head, err := r.pulse(charter, set.Timestamp, set.Snapshot)
	if err != nil {
		return View{}, err
	}
	next, entries, err := r.ledger.follow(head, r.src.get)
	if err != nil {
		return View{}, err
	}
	r.ledger = next
	r.roles = []Role{RoleRoot, RoleTimestamp, RoleSnapshot, RoleTargets}
	view := View{
		Network: charter.Network, Practice: charter.Practice, Root: uint64(set.Root.Signed.Version),
		Stewards: charter.Stewards, Threshold: charter.Threshold, SignedAt: signedAt, Chain: head,
	}
	if err := r.shared(charter, &view); err != nil {
		return View{}, err
	}
	if err := r.braked(charter, entries, signedAt); err != nil {
		return View{}, err
	}
	if err := r.keepFiles(set.Root.Signed.Version, entries, signedAt); err != nil {
		return View{}, err
	}
	// By the signed time: a clock that was moved ends no brake.
	view.Brakes = unexpired(r.brakes, signedAt)
	return view, nil
}

// pulse reads what the hub says besides TUF: when it signed, and where the
// chain ends.
func (r *refresh) pulse(c Charter, t *metadata.Metadata[metadata.TimestampType], s *metadata.Metadata[metadata.SnapshotType]) (time.Time, Head, error) {
	said, err := marksOf(t.Signed.UnrecognizedFields, RoleTimestamp)
	if err != nil {
		return time.Time{}, Head{}, err
	}
	of, err := marksOf(s.Signed.UnrecognizedFields, RoleSnapshot)
	if err != nil {
		return time.Time{}, Head{}, err
	}
	if said.Network != c.Network || of.Network != c.Network {
		return time.Time{}, Head{}, fmt.Errorf("timestamp or snapshot: %w", ErrNetwork)
	}
	at := time.Unix(said.SignedAt, 0).UTC()
	if said.Chain == nil || said.SignedAt <= 0 || t.Signed.Expires.Sub(at) > lifeOfPulse {
		return time.Time{}, Head{}, fmt.Errorf("timestamp: %w", ErrMalformed)
	}
	if at.Sub(r.now) > Tolerance {
		return time.Time{}, Head{}, &AheadError{Signed: said.SignedAt}
	}
	return at, *said.Chain, nil
}

// shared follows what stewards share into the view.
func (r *refresh) shared(c Charter, view *View) error {
	text, edition, err := r.follow(c, RoleRoster)
	if err != nil {
		return err
	}
	members, err := roster.Read(text)
	if err != nil {
		return fmt.Errorf("roster: %w", ErrContent)
	}
	view.Roster, view.RosterEdition = members.Snapshot(), edition
	if view.Policy, view.PolicyEdition, err = r.follow(c, RolePolicy); err != nil {
		return err
	}
	if view.Packs, view.PacksEdition, err = r.followSpare(c, RolePacks); err != nil {
		return err
	}
	_, view.Directory, err = r.followSpare(c, RoleDirectory)
	return err
}

// followSpare follows what a network may be without: there may be none, and one whose time is
// over is as none.
func (r *refresh) followSpare(c Charter, role Role) ([]byte, Edition, error) {
	if r.snapshotMeta()[role.file()] == nil {
		return nil, Edition{}, nil
	}
	text, e, err := r.follow(c, role)
	if !errors.Is(err, ErrExpired) {
		return text, e, err
	}
	// It counts no more, and what comes next is proposed on top of it.
	for _, name := range []string{"metadata/" + role.file(), "targets/" + role.file()} {
		if text, had := r.old[name]; had {
			r.kept[name] = text
		}
	}
	return nil, Edition{}, nil
}

// follow verifies a delegated role and brings its file.
func (r *refresh) follow(c Charter, role Role) ([]byte, Edition, error) {
	if r.snapshotMeta()[role.file()] == nil {
		return nil, Edition{}, fmt.Errorf("%s: not in the snapshot: %w", role, ErrMix)
	}
	var text []byte
	err := guarded(string(role), func() error {
		file, err := r.tool.GetTargetInfo(role.file())
		if err != nil {
			return err
		}
		if text = r.old["targets/"+role.file()]; file.VerifyLengthHashes(text) == nil {
			return nil
		}
		_, text, err = r.tool.DownloadTarget(file, filepath.Join(r.dir, "targets", role.file()), "")
		return err
	})
	if err != nil {
		return nil, Edition{}, err
	}
	doc := r.tool.GetTrustedMetadataSet().Targets[string(role)]
	if doc == nil {
		return nil, Edition{}, fmt.Errorf("%s: %w", role, ErrMix)
	}
	if err := c.checkDelegated(role, doc, text); err != nil {
		return nil, Edition{}, err
	}
	e := Edition{Version: uint64(doc.Signed.Version), Digest: digest(text), All: len(c.signers(role, doc)) == len(c.Stewards)}
	if !r.ledger.holds(role, Published{Version: e.Version, Digest: e.Digest}) {
		return nil, Edition{}, fmt.Errorf("%s %d is not what the chain ends with: %w", role, e.Version, ErrChain)
	}
	r.roles = append(r.roles, role)
	r.kept["targets/"+role.file()] = text
	return text, e, nil
}

// braked adds every brake the hub shows to those seen before: the one in force
// of each steward, and those that came and were replaced since the last look,
// which the chain names. What was seen is not unseen.
func (r *refresh) braked(c Charter, entries []Entry, signedAt time.Time) error {
	current := map[Role]uint64{}
	for role, steward := range c.brakes() {
		if r.snapshotMeta()[role.file()] == nil {
			continue
		}
		text, e, err := r.follow(c, role)
		if errors.Is(err, ErrExpired) {
			continue // its document, and so the brake in it, is long over
		}
		if err != nil {
			return err
		}
		current[role] = e.Version
		if err := r.saw(steward, role, e.Version, text); err != nil {
			return err
		}
	}
	for _, e := range entries {
		steward, now := c.brakes()[e.Role]
		if !now || e.Version == current[e.Role] {
			continue
		}
		if err := r.replaced(c, steward, e); errors.Is(err, ErrAbsent) && ended(later(time.Unix(e.Time, 0), r.looked), signedAt) {
			continue
		} else if err != nil {
			return fmt.Errorf("%s %d: %w", e.Role, e.Version, err)
		}
	}
	return nil
}

// replaced brings a brake that is no longer in the snapshot; ErrAbsent if the
// hub says that it has it no more. Of a brake that must be over, that is no
// harm: a hub that was given back what it lost (Repository.Restore) has no such
// documents, for its members keep none, and the brake would not count here
// either. When it was published the chain says, and so the hub; but never
// before the hub last told this node that the chain ended before it. So who
// looks every three days is told of every brake, whatever date the hub wrote.
func (r *refresh) replaced(c Charter, steward Steward, e Entry) error {
	document, err := r.src.get(metadataName(e.Role, int64(e.Version)), maxMetadata)
	if err != nil {
		return missing(err)
	}
	text, err := r.src.get(targetName(e.Role, e.Digest), maxBrake)
	if err != nil {
		return missing(err)
	}
	doc, err := read[metadata.TargetsType](e.Role, document)
	if err != nil {
		return err
	}
	top := r.tool.GetTrustedMetadataSet().Targets[metadata.TARGETS]
	if err := guarded(string(e.Role), func() error { return top.VerifyDelegate(string(e.Role), doc) }); err != nil {
		return err
	}
	if err := c.checkDelegated(e.Role, doc, text); err != nil {
		return err
	}
	if digest(text) != e.Digest {
		return ErrChain
	}
	return r.saw(steward, e.Role, e.Version, text)
}

func (r *refresh) saw(steward Steward, role Role, version uint64, text []byte) error {
	b, err := ReadBrake(text)
	if err != nil {
		return err
	}
	if err := b.inTime(r.now, Tolerance); err != nil {
		return fmt.Errorf("%s: %w", role, err)
	}
	known := slices.ContainsFunc(r.brakes, func(o SeenBrake) bool { return o.Role == role && o.Version == version })
	if !known {
		r.brakes = append(slices.Clone(r.brakes), SeenBrake{Steward: steward.Agency, Role: role, Version: version, Brake: b})
	}
	return nil
}

// missing is what a document that the chain names and nobody has amounts to.
func missing(err error) error { return fmt.Errorf("%w: %w: %w", ErrChain, unreachable(err), err) }

// unreachable is what a file that must be there and is not amounts to.
func unreachable(err error) error {
	if errors.Is(err, ErrAbsent) {
		return ErrUnreachable
	}
	return err
}
