using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>Opens what a cut of the power left with a store of a new process, and holds it to the <see cref="Ledger"/>.</summary>
/// <param name="ledger">What was promised.</param>
/// <param name="moment">When the power was cut.</param>
internal sealed class Aftermath(Ledger ledger, int moment)
{
    private readonly List<string> _complaints = [];

    // What this store itself told, which its own later numbers must not contradict.
    private readonly List<(uint Validity, uint Uid, string Text, int At)> _told = [];
    private Func<int> _position = static () => 0;

    /// <summary>How many mailboxes came back with another UIDVALIDITY than was told: allowed, and dear to every client.</summary>
    internal int NewValidities { get; private set; }

    internal IReadOnlyList<string> Complaints => _complaints;

    internal async Task CheckAsync(string root, PowerCutDisk disk, MaildirLayout? layout = null)
    {
        _position = () => disk.Position;
        try
        {
            await using var store = new MaildirStore(root + RecordedStore.Place, RecordedStore.LaterOptions with { Layout = layout }, disk);
            var account = await store.OpenAccountAsync(RecordedStore.Account, CancellationToken.None);
            var names = (await account.ListAsync(CancellationToken.None)).Where(mailbox => mailbox.Exists).Select(mailbox => mailbox.Name).ToList();
            CheckNames(names);
            CheckSubscriptions(await account.ListSubscribedAsync(CancellationToken.None));
            CheckAnnotations(await account.GetAnnotationsAsync(MailboxName.Inbox, CancellationToken.None));
            var found = await LookAsync(account, names, readOnly: true);
            CheckCounts(found, names);

            // Life goes on: a message for each, and all is read again, now with the right to change.
            var later = RecordedStore.Text("later");
            await using (var delivery = store.BeginDelivery())
            {
                delivery.Write(Encoding.UTF8.GetBytes(later));
                await delivery.CommitAsync([.. names.Select(name => new DeliveryTarget(RecordedStore.Account, name))], CancellationToken.None);
            }

            var again = await LookAsync(account, names, readOnly: false);
            foreach (var name in names)
            {
                if (!again.Where(one => one.Mailbox == name).Select(one => one.Text).Order(StringComparer.Ordinal)
                    .SequenceEqual(found.Where(one => one.Mailbox == name).Select(one => one.Text).Append(later).Order(StringComparer.Ordinal), StringComparer.Ordinal))
                {
                    Complain($"later: after one more delivery '{name}' does not have one message more");
                }
            }
        }
        catch (Exception error)
        {
            Complain($"exception: {error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>The one who finds what a second cut left, while this one was at work: it must not contradict this one either.</summary>
    /// <param name="step">How far this one had come on its disk.</param>
    internal Aftermath After(int step)
    {
        var next = new Aftermath(ledger, moment);
        next._told.AddRange(_told.Where(told => told.At <= step));
        return next;
    }

    private void CheckNames(List<string> names)
    {
        foreach (var mailbox in ledger.Mailboxes.Union(names, StringComparer.Ordinal))
        {
            if (ledger.Exists(mailbox, moment) is { } exists && exists != names.Contains(mailbox))
                Complain(exists ? $"mailbox: '{mailbox}' is gone" : $"mailbox: '{mailbox}' is there");
        }
    }

    private void CheckSubscriptions(IReadOnlyList<string> names)
    {
        if (ledger.Subscriptions(moment, promised: true).Except(names, StringComparer.Ordinal).Any())
            Complain("subscriptions: one is lost");
        if (names.Except(ledger.Subscriptions(moment, promised: false), StringComparer.Ordinal).Any())
            Complain("subscriptions: one is there that nobody asked for");
    }

    private void CheckAnnotations(IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? entries)
    {
        if (entries is null || ledger.Annotations(moment, promised: true).Except(entries.Keys, StringComparer.Ordinal).Any())
            Complain("annotations: one is lost");
        else if (entries.Keys.Except(ledger.Annotations(moment, promised: false), StringComparer.Ordinal).Any() || entries.Values.Any(value => !value.Span.SequenceEqual("value"u8)))
            Complain("annotations: one is there that nobody set");
    }

    private async Task<List<(string Mailbox, string Text)>> LookAsync(IMailAccount account, List<string> names, bool readOnly)
    {
        var found = new List<(string Mailbox, string Text)>();
        var validities = new HashSet<uint>();
        foreach (var name in names)
        {
            await using var view = await account.OpenAsync(name, readOnly, CancellationToken.None);
            if (view is null)
            {
                Complain($"open: '{name}' is listed and cannot be opened");
                continue;
            }

            if (!validities.Add(view.UidValidity))
                Complain("validity: two mailboxes have the same UIDVALIDITY");
            if (readOnly)
                CheckNumbers(view);
            await CheckChangesAsync(view);
            var last = 0u;
            foreach (var message in view.Messages)
            {
                if (message.Uid <= last || message.Uid >= view.UidNext)
                    Complain($"order: UID {message.Uid} after {last} with next UID {view.UidNext}");
                last = message.Uid;
                var text = await StoreFixture.ReadAsync(view, message);
                CheckMessage(view, message, text);
                found.Add((name, text ?? ""));
            }
        }

        return found;
    }

    private void CheckNumbers(IMailbox view)
    {
        var told = ledger.NumbersOf(view.Name, moment).ToList();
        if (told.Count == 0)
            return;
        var isNew = told.TrueForAll(one => one.Validity != view.UidValidity);
        if (isNew && told.Exists(one => one.Validity > view.UidValidity))
            Complain("validity: the UIDVALIDITY went back");
        if (told.Exists(one => one.Validity == view.UidValidity && one.UidNext > view.UidNext))
            Complain("next: the next UID went back");
        NewValidities += isNew ? 1 : 0;
    }

    /// <summary>A client that comes back with what it holds is told all that is different now (RFC 7162).</summary>
    private async Task CheckChangesAsync(IMailbox view)
    {
        var now = view.Messages.ToDictionary(message => message.Uid);
        if (view.Messages.Any(message => message.ModSeq > view.HighestModSeq))
            Complain("modseq: a message is above HIGHESTMODSEQ");
        foreach (var (highest, messages) in ledger.ViewsOf(view.UidValidity, moment))
        {
            if (view.HighestModSeq < highest)
                Complain("modseq: HIGHESTMODSEQ went back");
            if (now.Values.Any(message => (!messages.TryGetValue(message.Uid, out var held) || !held.Flags.Equals(message.Flags)) && message.ModSeq <= highest))
                Complain("modseq: a message is new or its flags changed and no client hears of it");
            if (messages.Keys.Where(uid => !now.ContainsKey(uid)).ToList() is { Count: > 0 } gone
                && await view.ExpungedSinceAsync(highest, CancellationToken.None) is { } told
                && gone.Exists(uid => !told.Any(range => range.First <= uid && uid <= range.Last)))
                Complain("modseq: a message is gone and no client hears of it");
        }
    }

    private void CheckMessage(IMailbox view, MailboxMessage message, string? text)
    {
        if (text is null || (!ledger.Texts.Contains(text) && text != RecordedStore.Text("later")))
        {
            Complain($"half: '{view.Name}' shows a message of {message.Size} octets that has {text?.Length ?? -1}");
            return;
        }

        if (message.Size != text.Length)
            Complain($"size: {message.Size} for {text.Length} octets");
        var owner = ledger.Told(view.UidValidity, message.Uid, moment);
        if ((owner is not null && owner != text) || _told.Exists(told => told.Validity == view.UidValidity && told.Uid == message.Uid && told.Text != text))
            Complain("reuse: a UID belongs to another message now");
        _told.Add((view.UidValidity, message.Uid, text, _position()));
        var before = ledger.UidsOf(view.UidValidity, text, moment).ToList();
        if (before.Count > 0 && !before.Contains(message.Uid) && ledger.CameOnce(text, view.Name, moment))
            Complain("renumbered: a message has another UID under the same UIDVALIDITY");
        if (ledger.Texts.Contains(text) && !ledger.MayHave(text, view.Name, message.Flags, moment))
            Complain($"flags: {message.Flags.System} {string.Join(' ', message.Flags.Keywords)} in '{view.Name}'");
        if (ledger.DateOf(text, moment) is { } date && view.InternalDate(message) != date)
            Complain("date: INTERNALDATE is another one");
    }

    private void CheckCounts(List<(string Mailbox, string Text)> found, List<string> names)
    {
        foreach (var text in ledger.Texts)
        {
            foreach (var mailbox in names)
                CheckCount(text, mailbox, found.Count(one => one.Text == text && one.Mailbox == mailbox));
            CheckCount(text, null, found.Count(one => one.Text == text));
        }

        foreach (var (mailbox, texts) in ledger.Together)
        {
            var count = texts.Count(text => found.Contains((mailbox, text)));
            if (count > 0 && count < texts.Count)
                Complain($"some: {count} of {texts.Count} that come together");
        }
    }

    private void CheckCount(string text, string? mailbox, int count)
    {
        var (least, most) = ledger.Bounds(text, mailbox, moment);
        if (count < least)
            Complain($"lost: {count} of {least} in {mailbox ?? "all"}");
        if (count > most)
            Complain($"doubled: {count} of {most} in {mailbox ?? "all"}");
    }

    private void Complain(string complaint)
    {
        if (!_complaints.Contains(complaint))
            _complaints.Add(complaint);
    }
}
