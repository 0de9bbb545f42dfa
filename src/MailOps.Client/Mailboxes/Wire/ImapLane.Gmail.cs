using System.Globalization;
using System.Text;
using MailKit.Net.Imap;
using MailOps.Client.Migration;

namespace MailOps.Client.Mailboxes.Wire;

/// <content>Gmail, where folders are labels of one set of messages (X-GM-EXT-1).</content>
internal sealed partial class ImapLane
{
    private const string Important = "$Important";

    /// <summary>True for a server of Gmail's kind.</summary>
    private bool IsGmail => Capabilities.HasFlag(ImapCapabilities.GMailExt1);

    /// <summary>
    /// Adds messages to a folder of Gmail. One that is in All Mail already, octet for octet and without the folder's label, gets that label;
    /// the others are sent.
    /// </summary>
    /// <param name="folder">The folder's name.</param>
    /// <param name="allMail">The name of All Mail.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>As <see cref="AddAsync"/> tells it.</returns>
    public async Task<AddResult> AddLabelledAsync(string folder, string allMail, IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        var outcomes = new AddOutcome?[messages.Count];
        var there = await FindAsync(folder, allMail, messages, cancel).ConfigureAwait(false);
        if (there.Count > 0)
            await LabelAsync(folder, there, outcomes, cancel).ConfigureAwait(false);
        await ExamineAsync(folder, cancel).ConfigureAwait(false);
        var rest = Enumerable.Range(0, messages.Count).Where(i => outcomes[i] is null).ToList();
        var (sent, hindrance) = await AddAsync(folder, [.. rest.Select(i => WithoutImportant(messages[i]))], cancel).ConfigureAwait(false);
        for (var i = 0; i < rest.Count; i++)
            outcomes[rest[i]] = sent[i];
        var important = messages.Select((message, i) => IsImportant(message.Entry.Flags) ? outcomes[i]?.Id : null).OfType<string>().Select(Number).Order().ToList();
        if (important.Count > 0)
        {
            await RequireWritableAsync(folder, cancel).ConfigureAwait(false);
            foreach (var uids in important.Chunk(MessagesOfStore))
                await StoreLabelAsync(uids, isSet: true, folder, cancel).ConfigureAwait(false);
        }

        return new AddResult(outcomes, hindrance);
    }

    /// <summary>The UIDs of the messages of the open folder whose labels are as asked for, ascending.</summary>
    public async Task<IReadOnlyList<uint>> LabelledAsync(Predicate<IReadOnlyList<string>> isMeant, CancellationToken cancel)
    {
        var uids = new List<uint>();
        if (Selected!.Exists == 0)
            return [];
        await RunAsync("UID FETCH 1:* (UID X-GM-LABELS)", $"tell the labels of {Selected.Name}", response =>
        {
            if (response is not { Name: "FETCH", Values: [{ Items: { } items }] } || ValueAfter(items, "UID")?.Text is not { } uid || ValueAfter(items, "X-GM-LABELS") is not { } labels)
                return;
            if (isMeant(LabelsOf(labels)) && uids.Count <= Selected.Exists + Slack)
                uids.Add(Number(uid));
        }, cancel).ConfigureAwait(false);
        return Ascending(uids);
    }

    // What this server keeps as a label and not among the flags.
    private static bool IsImportant(string flags) => flags.Split(' ').Contains(Important, StringComparer.OrdinalIgnoreCase);

    private static string WithoutImportant(string flags) => string.Join(' ', flags.Split(' ').Where(flag => !flag.Equals(Important, StringComparison.OrdinalIgnoreCase)));

    private static MailContent WithoutImportant(MailContent message) => message with { Entry = message.Entry with { Flags = WithoutImportant(message.Entry.Flags) } };

    private Task StoreLabelAsync(IReadOnlyList<uint> uids, bool isSet, string folder, CancellationToken cancel) =>
        RunAsync($"UID STORE {UidText.Of(uids)} {(isSet ? '+' : '-')}X-GM-LABELS (\\Important)", $"change labels in {folder}", _ => { }, cancel);

    // The UIDs in All Mail of messages that are there, by their places. One there stands for one message: equal ones are each sent.
    private async Task<Dictionary<int, uint>> FindAsync(string folder, string allMail, IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        await ExamineAsync(allMail, cancel).ConfigureAwait(false);
        var found = new Dictionary<int, uint>();
        if (Selected!.Exists == 0)
            return found;
        var candidates = await SearchAsync(await IdsOfAsync(messages, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        var label = LabelOf(folder);
        var described = await DescribeAsync([.. candidates.Values.SelectMany(uids => uids).Distinct().Order()], cancel).ConfigureAwait(false);
        var usable = described.Where(entry => !entry.Labels.Any(one => IsSameLabel(one, label))).ToDictionary(entry => Number(entry.Id));
        var sizes = candidates.Keys.SelectMany(i => new[] { messages[i].Octets!.CrlfLength, messages[i].Octets!.Length }).ToHashSet();
        var hashes = new Dictionary<uint, UInt128>();
        await foreach (var one in ReadAsync([.. usable.Values.Where(entry => sizes.Contains(entry.Size))], cancel).ConfigureAwait(false))
        {
            using (one)
            {
                if (one.Octets is { } octets)
                    hashes[Number(one.Entry.Id)] = octets.Hash;
            }
        }

        foreach (var (i, uids) in candidates)
        {
            var equal = uids.Where(uid => hashes.TryGetValue(uid, out var hash) && hash == messages[i].Octets!.Hash && !found.ContainsValue(uid)).ToList();
            if (equal.Count > 0)
                found.Add(i, equal[0]);
        }

        return found;
    }

    private static async Task<Dictionary<int, string>> IdsOfAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        var ids = new Dictionary<int, string>();
        for (var i = 0; i < messages.Count; i++)
        {
            var (id, _) = messages[i].Octets is { } octets ? await HeadFields.OfAsync(octets, cancel).ConfigureAwait(false) : default;
            if (id is { Length: > 0 and < 900 } && id.All(c => c is > ' ' and < '\x7f' and not ('"' or '\\')))
                ids.Add(i, id);
        }

        return ids;
    }

    // A Message-ID only says where to look. All searches go out at once, and each is over before the next begins (RFC 9051 section 5.5).
    private Task<Dictionary<int, List<uint>>> SearchAsync(Dictionary<int, string> ids, CancellationToken cancel) => GuardedAsync(async () =>
    {
        var found = new Dictionary<int, List<uint>>();
        var asked = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, id) in ids)
        {
            var tag = NextTag();
            asked.Add(tag, i);
            await _wire.WriteAsync($"{tag} UID SEARCH HEADER Message-ID \"{id}\"\r\n", cancel).ConfigureAwait(false);
        }

        await _wire.FlushAsync(cancel).ConfigureAwait(false);
        var seen = new List<uint>();
        while (asked.Count > 0)
        {
            var response = await NextAsync($"search {Selected?.Name}", cancel).ConfigureAwait(false);
            if (response is { Name: "SEARCH", Values: [{ Text: { } text }] })
                seen.AddRange(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number));
            Discard(response);
            if (!asked.Remove(response.Tag, out var i))
                continue;
            // A search that is refused finds nothing: the message is sent.
            if (response.Name == "OK" && seen.Count > 0)
                found[i] = seen;
            seen = [];
        }

        return found;
    });

    private async Task LabelAsync(string folder, Dictionary<int, uint> there, AddOutcome?[] outcomes, CancellationToken cancel)
    {
        var places = there.ToDictionary(one => one.Value, one => one.Key);
        foreach (var uids in places.Keys.Order().Chunk(MessagesOfStore))
        {
            var answer = await GuardedAsync(async () =>
            {
                var tag = NextTag();
                await _wire.WriteAsync($"{tag} UID COPY {UidText.Of(uids)} {Quoted(folder)}\r\n", cancel).ConfigureAwait(false);
                await _wire.FlushAsync(cancel).ConfigureAwait(false);
                return await AnswerAsync(tag, orGoesOn: false, $"add labels for {folder}", cancel).ConfigureAwait(false);
            }).ConfigureAwait(false);

            // What it does not tell of, or refuses, is sent.
            if (answer.Name != "OK" || answer.CodeWords is not ["COPYUID", _, var from, var to] || UidText.Parse(from, uids.Length) is not { } sources || UidText.Parse(to, uids.Length) is not { } targets || sources.Count != targets.Count)
                continue;
            foreach (var (source, target) in sources.Zip(targets))
            {
                if (places.TryGetValue(source, out var place))
                    outcomes[place] = new AddOutcome(target.ToString(CultureInfo.InvariantCulture), Refusal: null);
            }
        }
    }

    private static string LabelOf(string folder) => folder.Equals("INBOX", StringComparison.OrdinalIgnoreCase) ? "\\Inbox" : folder;

    // A special folder has a name in its account's language, and a label of its own: one more label is no harm.
    private static bool IsSameLabel(string told, string label) =>
        told.Equals(label, StringComparison.Ordinal) || Maildir.Names.ModifiedUtf7.TryDecode(told, out var name) && name == label
        || (told == "\\Sent" && label.EndsWith("/Sent Mail", StringComparison.Ordinal));

    private static List<string> LabelsOf(ImapValue? labels) => [.. (labels?.Items ?? []).Select(label => label.Text).OfType<string>()];
}
