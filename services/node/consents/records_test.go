package consents

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// TestEveryRecordComesBackAsItWasPut holds the least a record can hold and the
// most: an empty word or identifier that could be written and not be read would
// take every record of its bucket with it.
func TestEveryRecordComesBackAsItWasPut(t *testing.T) {
	b := newBench(t)
	least := agreed()
	least.ID, least.Case = posada.ConsentID(agency(60)), posada.CaseID(agency(61))
	least.Allowances = []consent.Allowance{{To: legal(), Purpose: posada.PurposeLegal}}
	least.Excluded, least.Services, least.Informed = 0, 0, 0
	most := least
	most.ID = posada.ConsentID(agency(62))
	most.Allowances = []consent.Allowance{{
		To: legal(), Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.Members[posada.Category]()...),
		Onward: []posada.AgencyID{shelter()}, SingleUse: true, UsedBy: posada.EventID(agency(63)),
	}}
	most.Excluded, most.ExcludedAgencies = posada.SetOf(posada.CategoryMedical), []posada.AgencyID{shelter()}
	most.Services, most.CoSigned = posada.SetOf(posada.Members[posada.ServiceType]()...), posada.SetOf(posada.Members[posada.CoSigner]()...)
	most.OptIn = consent.OptInRecord{AskedAt: b.now, Counsel: true}
	most.Given, most.NotBefore, most.Expires = b.now, b.now, b.now.Add(consent.MaxLife)
	most.Interpreter, most.ProtocolPack = true, consent.Digest{2}
	most.History = []consent.StatusChange{{Status: posada.ConsentGiven, At: b.now, By: ana()}, {Status: posada.ConsentRenewed, At: b.now, By: ana()}}
	full := book{Label: "wren-19", drawn: drawn{Code: consent.Code{9}, Secret: consent.CaseSecret{8}}, Spent: []consent.Spent{{Secret: consent.CaseSecret{7}, At: b.now}}, Withdrawn: consent.Withdrawals{legal(): b.now}, Consents: []posada.ConsentID{least.ID, most.ID}}
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		return errors.Join(
			records.Put(tx, "least", vault.KeyID{}, least), records.Put(tx, "most", vault.KeyID{}, most),
			books.Put(tx, "least", vault.KeyID{}, book{}), books.Put(tx, "full", vault.KeyID{}, full))
	}))
	b.reopen(t)
	b.view(t, func(tx *vault.Tx) {
		for name, want := range map[string]consent.Record{"least": least, "most": most} {
			if got, err := records.Get(tx, name); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("the %s came back as another: %v", name, err)
			}
		}
		for name, want := range map[string]book{"least": {}, "full": full} {
			if got, err := books.Get(tx, name); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("the book, %s, came back as another: %v", name, err)
			}
		}
	})
}

func TestARecordOfANewerFormIsRefused(t *testing.T) {
	for name, write := range map[string]func(tx *vault.Tx) error{
		"a consent": func(tx *vault.Tx) error {
			newer := vault.Table[consent.Record]{Name: records.Name, Version: records.Version + 1}
			return newer.Put(tx, "newer", vault.KeyID{}, agreed())
		},
	} {
		b := newBench(t)
		b.add(t, "", agreed())
		must(t, b.c.Vault.Update(write))
		if list, err := b.List(t.Context(), worker()); !errors.Is(err, vault.ErrNewer) {
			t.Errorf("%s: a list of %d, %v", name, len(list), err)
		}
	}
	b := newBench(t)
	label := b.add(t, "", agreed()).Label
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := b.c.Cases.Of(tx, label)
		newer := vault.Table[book]{Name: books.Name, Version: books.Version + 1}
		return errors.Join(err, newer.Put(tx, string(of.ID), vault.KeyID{}, book{}))
	}))
	if _, err := b.Add(t.Context(), worker(), label, 0, agreed()); !errors.Is(err, vault.ErrNewer) {
		t.Errorf("a consent was added to a book of a newer form: %v", err)
	}
}

// Destroying a case's key destroys what belongs to it, and nothing else.
func TestACaseWhoseKeyWasErasedIsGone(t *testing.T) {
	b := newBench(t)
	gone, other := b.add(t, "", agreed()), b.add(t, "", agreed())
	b.add(t, gone.Label, agreed())
	var key vault.KeyID
	b.view(t, func(tx *vault.Tx) {
		of, err := b.c.Cases.Of(tx, gone.Label)
		must(t, err)
		key = of.Key
	})
	must(t, b.c.Vault.Erase(key))
	if list, err := b.List(t.Context(), worker()); err != nil || len(list) != 1 || list[0].Record.ID != other.Record.ID {
		t.Errorf("%d records are left, %v", len(list), err)
	}
	if _, err := b.Show(t.Context(), worker(), gone.Record.ID); fault.From(err).Code != fault.Withheld {
		t.Errorf("shown: %v", err)
	}
	if _, err := b.Add(t.Context(), worker(), gone.Label, 0, agreed()); fault.From(err).Key != fault.UnknownCase {
		t.Errorf("added to: %v", err)
	}
}

func TestAGrantSaysWhatWasAgreedAndLinksNothing(t *testing.T) {
	b := newBench(t)
	r := agreed()
	r.Allowances = append(r.Allowances, consent.Allowance{To: shelter(), Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds)})
	kept := b.add(t, "", r)
	obligations := consent.Obligations{
		RetainUntil: consent.Ends(kept.Record.Expires, b.now).Unix(), Onward: consent.OnwardNamed, SingleUse: true,
		Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}
	grant := func(to posada.AgencyID) (g consent.Grant) {
		t.Helper()
		must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
			compact, err := b.Grant(tx, kept.Label, to, posada.PurposeLegal, posada.SetOf(posada.CategoryNeeds), obligations)
			if err != nil {
				return err
			}
			g, err = consent.ReadGrant(compact, us(), to, b.now, b.members)
			return err
		}))
		return g
	}
	first, again := grant(legal()), grant(legal())
	named := obligations
	obligations.Onward = consent.OnwardNone // to nobody, by the shelter's line
	other := grant(shelter())
	obligations = named
	if first.Categories != posada.SetOf(posada.CategoryNeeds) || first.Purpose != posada.PurposeLegal || first.Obligations != obligations ||
		len(first.Onward) != 1 || first.Onward[0] != (consent.OnwardTo{Agency: shelter(), Withdrawal: other.Withdrawal}) || first.Via != "Invented Hub Cooperative" {
		t.Errorf("it grants %+v", first)
	}
	if first.IssuedAt != b.now.Unix() || first.NotBefore != b.now.Unix() || first.Expires != consent.Ends(kept.Record.Expires, b.now).Unix() {
		t.Error("it lives longer than the consent, or from another moment")
	}
	// One recipient knows her again; two have nothing in common.
	if first.Subject != again.Subject || first.Withdrawal != again.Withdrawal {
		t.Error("one recipient is given two pseudonyms for her")
	}
	if first.ID == again.ID || first.Revocation == again.Revocation || first.Form == again.Form {
		t.Error("two grants share a handle")
	}
	if first.Subject == other.Subject || first.Withdrawal == other.Withdrawal || first.Form == other.Form || first.Revocation == other.Revocation || len(other.Onward) != 0 {
		t.Error("two recipients could join what they know")
	}
	if string(first.Subject) == string(kept.Record.Case) || string(first.Subject) == string(kept.Record.ID) || first.Form == kept.Record.Form {
		t.Error("it tells what stays here")
	}
}

func TestASingleUseIsUsedUpByOneDisclosureAndStaysSo(t *testing.T) {
	b := newBench(t)
	r := agreed()
	repeated := consent.Allowance{To: shelter(), Purpose: posada.PurposeShelter, Categories: posada.SetOf(posada.CategoryNeeds)}
	r.Allowances = append(r.Allowances, repeated)
	r.ExcludedAgencies = nil
	kept := b.add(t, "", r)
	first, second := posada.EventID(agency(70)), posada.EventID(agency(71))
	for _, by := range []posada.EventID{first, second} {
		must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
			return errors.Join(
				b.Use(tx, kept.Label, legal(), posada.PurposeLegal, by), b.Use(tx, kept.Label, shelter(), posada.PurposeShelter, by))
		}))
	}
	b.reopen(t)
	got, err := b.Show(t.Context(), worker(), kept.Record.ID)
	must(t, err)
	want := kept.Record
	want.Allowances = slices.Clone(want.Allowances)
	want.Allowances[0].UsedBy = first
	if !reflect.DeepEqual(got.Record, want) {
		t.Error("more than the one line changed, or another disclosure took its place")
	}
	b.view(t, func(tx *vault.Tx) {
		if err := b.Use(tx, "wren-10", legal(), posada.PurposeLegal, first); fault.From(err).Key != fault.UnknownCase {
			t.Errorf("a case nobody has: %v", err)
		}
	})
}

// What other records of the case exclude is read with a record, and not
// written into it.
func TestUsingARecordDoesNotWriteAnothersExclusionsIntoIt(t *testing.T) {
	b := newBench(t)
	kept := b.add(t, "", agreed())
	barring := agreed()
	barring.Allowances[0].Purpose, barring.Allowances[0].Onward = posada.PurposeHealth, nil
	barring.ExcludedAgencies = []posada.AgencyID{shelter()}
	b.add(t, kept.Label, barring)
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		return b.Use(tx, kept.Label, legal(), posada.PurposeLegal, posada.EventID(agency(70)))
	}))
	got, err := b.Show(t.Context(), worker(), kept.Record.ID)
	if err != nil || len(got.Record.ExcludedAgencies) != 0 || got.Record.Allowances[0].UsedBy == "" {
		t.Errorf("%d excluded, %v", len(got.Record.ExcludedAgencies), err)
	}
}
