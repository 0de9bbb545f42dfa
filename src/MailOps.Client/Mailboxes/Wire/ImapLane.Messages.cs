using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MailKit.Net.Imap;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <content>Messages, in and out.</content>
internal sealed partial class ImapLane
{
    // Of one command. The next is sent before the answer to it has come, so that the line is never silent.
    private const int MessagesOfFetch = 200;
    private const int CommandsAtOnce = 2;

    // A server takes lines of 8,000 octets, and a UID has ten digits at the most.
    private const int MessagesOfStore = 600;

    // What is said of the folder or the account and not of a message (RFC 9051 section 7.1, RFC 9208 section 4.3.1).
    private static readonly string[] HinderAll = ["TRYCREATE", "NONEXISTENT", "OVERQUOTA", "NOPERM", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "SERVERBUG"];

    // So many of a group in the same words and without a code: that is not about messages.
    private const int MostAlike = 10;

    private const string DateFormat = "dd-MMM-yyyy HH:mm:ss zzz";

    private string DescriptionItems => $"(UID FLAGS INTERNALDATE RFC822.SIZE{(IsGmail ? " X-GM-LABELS" : "")})";

    /// <summary>What is known of messages of the open folder. Those that are not there any more are left out.</summary>
    /// <param name="uids">The UIDs, ascending.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<IReadOnlyList<MailEntry>> DescribeAsync(IReadOnlyList<uint> uids, CancellationToken cancel)
    {
        if (uids.Count == 0)
            return [];
        var asked = uids.ToHashSet();
        // A server takes lines of 8,000 octets (RFC 2683 section 3.2.1.5).
        if (UidText.Of(uids) is { Length: > 6_000 } && uids.Count > 500)
        {
            var all = new List<MailEntry>();
            foreach (var some in uids.Chunk(500))
                all.AddRange(await DescribeAsync(some, cancel).ConfigureAwait(false));
            return all;
        }

        return await DescribeAsync(UidText.Of(uids), changed: "", asked.Contains, asked.Count, cancel).ConfigureAwait(false);
    }

    /// <summary>What is known of messages of the open folder that are new or have other flags since a mod-sequence (RFC 7162 section 3.1.4.1).</summary>
    /// <param name="modSeq">The mod-sequence.</param>
    /// <param name="most">How many there can be; null comes back for more.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <param name="gone">Takes the UIDs of messages that are gone since, where the server <see cref="TellsVanished"/>: up to one more than there can be. Null not to ask.</param>
    public async Task<IReadOnlyList<MailEntry>?> DescribeChangedAsync(string modSeq, int most, CancellationToken cancel, List<uint>? gone = null)
    {
        var found = await DescribeAsync("1:*", $" (CHANGEDSINCE {modSeq}{(gone is null ? "" : " VANISHED")})", _ => true, most + 1, cancel, response => TakeVanished(response, gone, most + 1)).ConfigureAwait(false);
        return found.Count > most ? null : found;
    }

    private async Task<IReadOnlyList<MailEntry>> DescribeAsync(string uids, string changed, Predicate<uint> isAsked, int most, CancellationToken cancel, Action<ImapResponse>? tell = null)
    {
        var found = new SortedDictionary<uint, MailEntry>();
        await RunAsync($"UID FETCH {uids} {DescriptionItems}{changed}", $"describe messages of {Selected?.Name}", response =>
        {
            tell?.Invoke(response);
            TakeDescription(response, found, isAsked, most);
        }, cancel).ConfigureAwait(false);
        return [.. found.Values];
    }

    private void TakeDescription(ImapResponse response, SortedDictionary<uint, MailEntry> found, Predicate<uint> isAsked, int most)
    {
        if (response is not { Name: "FETCH", Values: [{ Items: { } items }] }
            || ValueAfter(items, "UID") is not { Text: { } uid } || ValueAfter(items, "RFC822.SIZE") is not { Text: { } size } || ValueAfter(items, "FLAGS") is not { Items: { } flags })
        {
            return;
        }

        var number = Number(uid);
        if (isAsked(number) && (found.Count < most || found.ContainsKey(number)))
            found[number] = new MailEntry(number.ToString(CultureInfo.InvariantCulture), Number(size), FlagText(flags), DateOf(ValueAfter(items, "INTERNALDATE")?.Text)) { Labels = IsGmail ? LabelsOf(ValueAfter(items, "X-GM-LABELS")) : [] };
    }

    /// <summary>Gives messages other flags in the place of those they have.</summary>
    public async Task SetFlagsAsync(string folder, IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel)
    {
        await RequireWritableAsync(folder, cancel).ConfigureAwait(false);
        foreach (var group in messages.GroupBy(message => message.Flags, StringComparer.Ordinal))
        {
            foreach (var uids in group.Select(message => Number(message.Id)).Order().Chunk(MessagesOfStore))
            {
                await RunAsync($"UID STORE {UidText.Of(uids)} FLAGS.SILENT ({(IsGmail ? WithoutImportant(group.Key) : group.Key)})", $"change flags in {folder}", _ => { }, cancel).ConfigureAwait(false);
                if (IsGmail)
                    await StoreLabelAsync(uids, IsImportant(group.Key), folder, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes messages, and no others that have \Deleted (RFC 4315 section 2.1).</summary>
    public async Task RemoveAsync(string folder, IReadOnlyList<string> ids, CancellationToken cancel)
    {
        if (!Capabilities.HasFlag(ImapCapabilities.UidPlus))
            throw new MailSessionException(MailSessionFault.CommandRefused, $"{_server} has no UIDPLUS: of a folder it removes all messages that have \\Deleted, or none. Nothing was removed from {folder}.");
        await RequireWritableAsync(folder, cancel).ConfigureAwait(false);
        foreach (var uids in ids.Select(Number).Order().Chunk(MessagesOfStore))
        {
            var set = UidText.Of(uids);
            await RunAsync($"UID STORE {set} +FLAGS.SILENT (\\Deleted)", $"remove messages from {folder}", _ => { }, cancel).ConfigureAwait(false);
            await RunAsync($"UID EXPUNGE {set}", $"remove messages from {folder}", _ => { }, cancel).ConfigureAwait(false);
        }
    }

    private async Task RequireWritableAsync(string folder, CancellationToken cancel)
    {
        if (Selected?.Name != folder || !_isWritable)
            await SelectAsync(folder, cancel).ConfigureAwait(false);
    }

    /// <summary>Reads messages of the open folder, as a stream. Those that are not there any more are left out.</summary>
    /// <param name="entries">Which, their UIDs ascending.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The messages in the order in which the server sends them. They are the caller's to dispose. Who does not take all can use the connection no more.</returns>
    public async IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (entries.Count == 0)
            yield break;
        await CompressIfWorthAsync(cancel).ConfigureAwait(false);
        var isUsable = IsUsable;
        IsUsable = false;
        var waited = _wire.Waited;
        long octets = 0;
        var waiting = new Queue<MailEntry[]>(entries.Chunk(MessagesOfFetch));
        var asked = new Dictionary<string, Dictionary<uint, MailEntry>>(StringComparer.Ordinal);
        var alone = new List<MailEntry>();
        var unseen = new List<MailEntry>();
        var hiding = new List<MailEntry>();
        _wire.MaxLiteral = ToldSize.MostOctets(entries.Max(entry => entry.Size));
        while (asked.Count > 0 || waiting.Count > 0)
        {
            while (asked.Count < CommandsAtOnce && waiting.TryDequeue(out var next))
            {
                var (tag, wanted) = await SendFetchAsync(next, cancel).ConfigureAwait(false);
                asked.Add(tag, wanted);
            }

            // A server may work on both at once, and show messages of the one before it has ended the other (RFC 9051 section 5.5).
            var response = await NextAsync($"show messages of {Selected?.Name}", cancel).ConfigureAwait(false);
            if (!asked.Remove(response.Tag, out var left))
            {
                if (Take(response, asked.Values) is not { } message)
                    continue;
                octets += message.Octets?.Length ?? 0;
                if (MayHideNuls(message))
                {
                    hiding.Add(message.Entry);
                    message.Dispose();
                }
                else
                {
                    yield return message;
                }

                continue;
            }

            // A message that it cannot read may keep others from coming: each is asked for by itself.
            if (response.Name == "OK")
                unseen.AddRange(left.Values);
            else if (HindersAll(response, $"{_server} shows no messages of {Selected?.Name}: {Said(response)}") is { } hindrance)
                throw hindrance;
            else if (entries.Count > 1)
                alone.AddRange(left.Values);
            else
                yield return new MailContent(entries[0], Octets: null, Said(response));
        }

        IsUsable = isUsable;
        _meter.Carried(octets, _wire.Waited - waited);

        // What was expunged meanwhile is not shown. What is there must be.
        foreach (var entry in await DescribeAsync([.. unseen.Select(entry => Number(entry.Id)).Order()], cancel).ConfigureAwait(false))
            yield return new MailContent(entry, Octets: null, "the server has it, and does not show it");
        foreach (var entry in hiding)
        {
            if (await RestoreAsync(entry, cancel).ConfigureAwait(false) is { } message)
                yield return message;
        }

        foreach (var entry in alone)
        {
            await foreach (var message in ReadAsync([entry], cancel).ConfigureAwait(false))
                yield return message;
        }
    }

    private async Task<(string Tag, Dictionary<uint, MailEntry> Left)> SendFetchAsync(MailEntry[] entries, CancellationToken cancel)
    {
        var tag = NextTag();
        var left = entries.ToDictionary(entry => Number(entry.Id));
        await _wire.WriteAsync($"{tag} UID FETCH {UidText.Of([.. left.Keys])} (UID BODY.PEEK[])\r\n", cancel).ConfigureAwait(false);
        await _wire.FlushAsync(cancel).ConfigureAwait(false);
        return (tag, left);
    }

    private MailContent? Take(ImapResponse response, IEnumerable<Dictionary<uint, MailEntry>> asked)
    {
        MailEntry? entry = null;
        if (response is not { Name: "FETCH", Values: [{ Items: { } items }] } || ValueAfter(items, "UID") is not { Text: { } uid } || ValueAfter(items, "BODY[]") is not { } body
            || !asked.Any(left => left.Remove(Number(uid), out entry)) || entry is null)
        {
            Discard(response);
            return null;
        }

        return body switch
        {
            { Content: { } content } => new MailContent(entry, content, Refusal: null),
            { Text: { } text } => new MailContent(entry, MessageSpool.Of(Encoding.Latin1.GetBytes(text)), Refusal: null),
            _ => new MailContent(entry, Octets: null, "the server has nothing to show of it (NIL)"),
        };
    }

    /// <summary>Adds messages to a folder, in their order. With MULTIAPPEND all arrive or none (RFC 3502).</summary>
    /// <param name="folder">The folder's name.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What became of each. When the connection is lost nobody knows, and it throws.</returns>
    public async Task<AddResult> AddAsync(string folder, IReadOnlyList<MailContent> messages, CancellationToken cancel)
    {
        var outcomes = new AddOutcome?[messages.Count];
        await CompressIfWorthAsync(cancel).ConfigureAwait(false);
        var groups = new List<List<int>> { new() };
        var limit = await LimitOfAsync(folder, cancel).ConfigureAwait(false);
        for (var i = 0; i < messages.Count; i++)
        {
            if (Refused(messages[i], limit) is { } refusal)
                outcomes[i] = new AddOutcome(Id: null, refusal);
            else if (Capabilities.HasFlag(ImapCapabilities.MultiAppend) || groups[^1].Count == 0)
                groups[^1].Add(i);
            else
                groups.Add([i]);
        }

        for (var i = 0; i < groups.Count; i++)
        {
            var group = groups[i];
            if (group.Count == 0)
                continue;
            var before = Selected?.Exists ?? 0;
            var answer = await GuardedAsync(() => AppendAsync(folder, [.. group.Select(one => messages[one])], cancel)).ConfigureAwait(false);
            if (answer.Name == "OK")
            {
                var uids = UidsOf(answer, group.Count);
                FollowAdded(folder, before, group.Count, uids, answer);
                for (var k = 0; k < group.Count; k++)
                    outcomes[group[k]] = new AddOutcome(uids is not null ? uids[k].ToString(CultureInfo.InvariantCulture) : null, Refusal: null);
            }
            else if (BusyServer.Error(Said(answer), $"{_server} takes no more messages in {folder}: {Said(answer)}") is { } busy)
            {
                return new AddResult(outcomes, busy);
            }
            else if (Selected?.Name == folder && !_isWritable && answer.Text.Contains("READ-ONLY", StringComparison.OrdinalIgnoreCase))
            {
                // Courier takes nothing into a folder that this connection has open for reading alone.
                await SelectAsync(folder, cancel).ConfigureAwait(false);
                i--;
            }
            else if (group.Count > 1)
            {
                // None of them is there. Which one the server does not want shows when parts of them are added, down to one by itself.
                groups.InsertRange(i + 1, group.Chunk((group.Count + 7) / 8).Select(some => some.ToList()));
            }
            else if (HindersAll(answer, $"{_server} takes no more messages in {folder}: {Said(answer)}") is { } hindrance)
            {
                return new AddResult(outcomes, hindrance);
            }
            else
            {
                outcomes[group[0]] = new AddOutcome(Id: null, Said(answer));
                var alike = outcomes.Select((outcome, place) => (outcome, place)).Where(one => one.outcome?.Refusal == Said(answer)).Select(one => one.place).ToList();
                if (answer.Code is not null || IsAboutSize(answer.Text) || alike.Count < MostAlike)
                    continue;
                foreach (var place in alike)
                    outcomes[place] = null;
                return new AddResult(outcomes, new MailSessionException(MailSessionFault.CommandRefused, $"{_server} refuses one message after the other for {folder}: {Said(answer)}"));
            }
        }

        return new AddResult(outcomes, Hindrance: null);
    }

    private static MailSessionException? HindersAll(ImapResponse response, string message) =>
        BusyServer.Error(Said(response), message)
        ?? (HinderAll.Contains(response.CodeWords.FirstOrDefault() ?? "", StringComparer.Ordinal) ? new MailSessionException(MailSessionFault.CommandRefused, message) : null);

    private async Task<ImapResponse> AppendAsync(string folder, List<MailContent> messages, CancellationToken cancel)
    {
        var what = $"add messages to {folder}";
        var tag = NextTag();
        var since = _clock.GetTimestamp();
        await _wire.WriteAsync($"{tag} APPEND {Quoted(folder)}", cancel).ConfigureAwait(false);
        foreach (var (entry, octets, _) in messages)
        {
            var date = entry.Arrived is { } arrived ? $" \"{DateText(arrived)}\"" : "";
            var waits = !(Capabilities.HasFlag(ImapCapabilities.LiteralPlus) || (Capabilities.HasFlag(ImapCapabilities.LiteralMinus) && octets!.Length <= 4096));
            await _wire.WriteAsync(string.Create(CultureInfo.InvariantCulture, $" ({entry.Flags}){date} {(octets!.HasNul ? "~" : "")}{{{octets.Length}{(waits ? "" : "+")}}}\r\n"), cancel).ConfigureAwait(false);
            if (waits)
            {
                await _wire.FlushAsync(cancel).ConfigureAwait(false);
                var asked = await AnswerAsync(tag, orGoesOn: true, what, cancel).ConfigureAwait(false);
                if (asked.Tag != "+")
                    return asked;
            }

            await _wire.WriteAsync(octets, cancel).ConfigureAwait(false);
        }

        await _wire.WriteAsync("\r\n", cancel).ConfigureAwait(false);
        await _wire.FlushAsync(cancel).ConfigureAwait(false);
        var answer = await AnswerAsync(tag, orGoesOn: false, what, cancel).ConfigureAwait(false);
        _meter.Sent(messages.Sum(message => message.Octets!.Length), _clock.GetElapsedTime(since));
        return answer;
    }

    // The answer to a command, or the request to go on.
    private async Task<ImapResponse> AnswerAsync(string tag, bool orGoesOn, string what, CancellationToken cancel)
    {
        while (true)
        {
            var response = await NextAsync(what, cancel).ConfigureAwait(false);
            if (response.Tag == tag || (orGoesOn && response.Tag == "+"))
                return response;
            Discard(response);
        }
    }

    // Why the server would take it under no circumstances, or null.
    private string? Refused(MailContent message, long? most)
    {
        if (most is { } limit && message.Octets!.Length > limit)
            return string.Create(CultureInfo.InvariantCulture, $"it has {message.Octets.Length} octets, and {_server} takes {limit} at most (APPENDLIMIT)");
        return message.Octets!.HasNul && !HasBinary ? $"it has a NUL in it, which IMAP carries in a message only where the server has BINARY (RFC 3516), and {_server} has not" : null;
    }

    private static List<uint>? UidsOf(ImapResponse answer, int count) =>
        answer.CodeWords is ["APPENDUID", _, var set] && UidText.Parse(set, count) is { } uids && uids.Count == count ? uids : null;

    // What a server has in the place of a flag and is none goes into no command to another.
    private static string FlagText(IReadOnlyList<ImapValue> flags) =>
        string.Join(' ', flags.Select(flag => Maildirs.MessageFlags.Normal(flag.Text ?? "")).Where(Maildirs.MessageFlags.IsFlag).Order(StringComparer.Ordinal));

    private static DateTimeOffset? DateOf(string? text) =>
        DateTimeOffset.TryParseExact(text?.Trim(), ["d-MMM-yyyy HH:mm:ss zzz", "d-MMM-yyyy HH:mm:ss zz00"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    // "17-Jul-1996 02:44:25 -0700" (RFC 9051 section 9, date-time).
    private static string DateText(DateTimeOffset date) => date.ToString(DateFormat, CultureInfo.InvariantCulture).Remove(24, 1);
}
