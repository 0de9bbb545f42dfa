using System.Globalization;
using MailKit.Net.Imap;
using MailOps.Client.Migration;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Wire;

/// <content>Folders: what is open, and new ones.</content>
internal sealed partial class ImapLane
{
    // Commands whose answers are not waited for one by one. What a server has to say to so many fits between it and us.
    private const int FoldersAtOnce = 100;

    private bool _isToldAll;

    /// <summary>The folder that is open, with what the server has told of it since; null if there is none.</summary>
    public SelectedFolder? Selected { get; private set; }

    /// <summary>True if <see cref="Selected"/> is what the folder is in: of every message that was added to it the server told the UID and the new number of messages.</summary>
    public bool IsToldAll => Selected is not null && _isToldAll;

    /// <summary>Opens a folder for reading.</summary>
    /// <exception cref="MailSessionException">There is no such folder, or the server refuses it.</exception>
    public Task<SelectedFolder> ExamineAsync(string folder, CancellationToken cancel) => OpenAsync("EXAMINE", folder, cancel);

    /// <summary>Opens a folder that is about to be changed. A server may number the messages of one that was never opened so in another way until then: Courier does.</summary>
    /// <exception cref="MailSessionException">There is no such folder, or the server refuses it.</exception>
    public Task<SelectedFolder> SelectAsync(string folder, CancellationToken cancel) => OpenAsync("SELECT", folder, cancel);

    /// <summary>Opens a folder for reading and asks in the same breath for what is known of its messages.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="most">So many messages are listed at the most.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The folder; and its messages, or null if there are more, or if the server did not list them.</returns>
    /// <exception cref="MailSessionException">There is no such folder, or the server refuses it.</exception>
    public async Task<(SelectedFolder Folder, IReadOnlyList<MailEntry>? Messages)> ExamineAndDescribeAsync(string folder, int most, CancellationToken cancel)
    {
        await CompressIfWorthAsync(cancel).ConfigureAwait(false);
        return await GuardedAsync(() => OpenAndDescribeAsync(folder, most, cancel)).ConfigureAwait(false);
    }

    private async Task<(SelectedFolder Folder, IReadOnlyList<MailEntry>? Messages)> OpenAndDescribeAsync(string folder, int most, CancellationToken cancel)
    {
        var opening = Begin();
        await WriteEnableAsync(cancel).ConfigureAwait(false);
        var (examine, fetch) = (NextTag(), NextTag());
        await _wire.WriteAsync($"{examine} EXAMINE {Quoted(folder)}\r\n{fetch} UID FETCH 1:* {DescriptionItems}\r\n", cancel).ConfigureAwait(false);
        await _wire.FlushAsync(cancel).ConfigureAwait(false);
        var since = _clock.GetTimestamp();
        var opened = await AnswerAsync(examine, opening.Take, $"open the folder {folder}", cancel).ConfigureAwait(false);
        _meter.Answered(_clock.GetElapsedTime(since));
        var found = new SortedDictionary<uint, MailEntry>();
        var isOpen = opened.Name == "OK";
        if (isOpen)
            Selected = opening.Folder(folder);
        var described = await AnswerAsync(fetch, response => TakeDescription(response, found, _ => true, most + 1), $"describe messages of {folder}", cancel).ConfigureAwait(false);
        RequireOk(opened, $"open the folder {folder}");
        if (described.Name != "OK" && BusyServer.Error(Said(described), $"{_server} refused to describe messages of {folder}: {Said(described)}") is { } busy)
            throw busy;
        return (Selected!, described.Name == "OK" && found.Count <= most ? (IReadOnlyList<MailEntry>?)[.. found.Values] : null);
    }

    private async Task<SelectedFolder> OpenAsync(string command, string folder, CancellationToken cancel)
    {
        await CompressIfWorthAsync(cancel).ConfigureAwait(false);
        var opening = Begin();
        var since = _clock.GetTimestamp();
        await WriteEnableAsync(cancel).ConfigureAwait(false);
        await RunAsync($"{command} {Quoted(folder)}", $"open the folder {folder}", opening.Take, cancel).ConfigureAwait(false);
        _meter.Answered(_clock.GetElapsedTime(since));
        _isWritable = command == "SELECT";
        return Selected = opening.Folder(folder);
    }

    private Opening Begin()
    {
        Selected = null;
        _isWritable = false;
        _isToldAll = true;
        return new Opening(Number, TakeEnabled);
    }

    /// <summary>Makes folders, without waiting for each.</summary>
    /// <param name="folders">Their names, and what they are for, which only a server with CREATE-SPECIAL-USE is told (RFC 6154 section 3).</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Those that were made, with their UIDVALIDITY and number of messages if the server tells.</returns>
    public async Task<IReadOnlyList<(string Name, uint? UidValidity, int Messages)>> CreateAsync(IReadOnlyList<(string Name, string? Use)> folders, CancellationToken cancel)
    {
        var made = new List<(string, uint?, int)>();
        foreach (var some in folders.Chunk(FoldersAtOnce))
        {
            var status = new Dictionary<int, (uint, int)>();
            var answers = await TogetherAsync(
                [.. some.SelectMany(folder => new[] { $"CREATE {Quoted(folder.Name)}{UseOf(folder.Use)}", $"STATUS {Quoted(folder.Name)} (UIDVALIDITY MESSAGES)" })],
                "make folders",
                (place, response) =>
                {
                    if (response is { Name: "STATUS", Values: [.., { Items: { } items }] } && ValueAfter(items, "UIDVALIDITY") is { Text: { } validity } && ValueAfter(items, "MESSAGES") is { Text: { } messages })
                        status[place / 2] = (Number(validity), (int)Number(messages));
                },
                cancel).ConfigureAwait(false);
            for (var i = 0; i < some.Length; i++)
            {
                if (answers[2 * i].Name == "OK")
                    made.Add(answers[(2 * i) + 1].Name == "OK" && status.TryGetValue(i, out var told) ? (some[i].Name, told.Item1, told.Item2) : (some[i].Name, null, 0));
            }
        }

        return made;
    }

    /// <summary>Subscribes to folders, without waiting for each.</summary>
    /// <returns>The names of those where the server agreed.</returns>
    public async Task<IReadOnlyList<string>> SubscribeAsync(IReadOnlyList<string> names, CancellationToken cancel)
    {
        var done = new List<string>();
        foreach (var some in names.Chunk(FoldersAtOnce))
        {
            var answers = await TogetherAsync([.. some.Select(name => $"SUBSCRIBE {Quoted(name)}")], "subscribe to folders", (_, _) => { }, cancel).ConfigureAwait(false);
            done.AddRange(some.Where((_, i) => answers[i].Name == "OK"));
        }

        return done;
    }

    // Commands one behind the other, each of which changes what is there: a server does them in their order (RFC 9051 section 5.5).
    private Task<List<ImapResponse>> TogetherAsync(IReadOnlyList<string> commands, string what, Action<int, ImapResponse> tell, CancellationToken cancel) => GuardedAsync(async () =>
    {
        var tags = commands.Select(_ => NextTag()).ToList();
        for (var i = 0; i < commands.Count; i++)
            await _wire.WriteAsync($"{tags[i]} {commands[i]}\r\n", cancel).ConfigureAwait(false);
        await _wire.FlushAsync(cancel).ConfigureAwait(false);
        var answers = new List<ImapResponse>();
        for (var i = 0; i < tags.Count; i++)
        {
            var place = i;
            answers.Add(await AnswerAsync(tags[i], response => tell(place, response), what, cancel).ConfigureAwait(false));
        }

        return answers;
    });

    // The answer to a command; what comes before it is told.
    private async Task<ImapResponse> AnswerAsync(string tag, Action<ImapResponse> tell, string what, CancellationToken cancel)
    {
        while (true)
        {
            var response = await NextAsync(what, cancel).ConfigureAwait(false);
            tell(response);
            if (response.Tag == tag)
                return response;
            Discard(response);
        }
    }

    private string UseOf(string? use) => use is not null && Capabilities.HasFlag(ImapCapabilities.CreateSpecialUse) ? $" (USE ({use}))" : "";

    // What comes of the open folder with any answer.
    private void Follow(ImapResponse response)
    {
        if (Selected is null || response.Tag != "*")
            return;
        if (response.Name == "EXISTS")
            Selected = Selected with { Exists = (int)response.Number };
        else if (response.Name is "EXPUNGE" or "VANISHED")
            _isToldAll = false;
    }

    // Messages were added to a folder that had so many before.
    private void FollowAdded(string folder, int before, int added, IReadOnlyList<uint>? uids, ImapResponse answer)
    {
        if (Selected is not { } selected || selected.Name != folder)
            return;
        if (uids is null || answer.CodeWords is not ["APPENDUID", var validity, _] || Number(validity) != selected.UidValidity || selected.Exists != before + added)
            _isToldAll = false;
        else
            Selected = selected with { UidNext = Math.Max(selected.UidNext, uids[^1] + 1) };
    }

    // What a server tells of a folder that it opens.
    private sealed class Opening(Func<string, uint> number, Action<ImapResponse> tell)
    {
        private uint _uidValidity;
        private uint _uidNext;
        private int _exists;
        private ulong _modSeq;
        private IReadOnlyCollection<string>? _flags;

        public void Take(ImapResponse response)
        {
            tell(response);
            if (response.Name == "EXISTS")
                _exists = (int)response.Number;
            if (response is { Name: "FLAGS", Values: [{ Items: { } flags }] })
                _flags = [.. flags.Select(flag => flag.Text).OfType<string>()];
            var code = response.CodeWords;
            if (code is ["UIDVALIDITY", var validity])
                _uidValidity = number(validity);
            else if (code is ["UIDNEXT", var next])
                _uidNext = number(next);
            else if (code is ["HIGHESTMODSEQ", var highest])
                _ = ulong.TryParse(highest, NumberStyles.None, CultureInfo.InvariantCulture, out _modSeq);
        }

        public SelectedFolder Folder(string name) => new(name, _uidValidity, _uidNext, _exists, _modSeq, _flags);
    }
}
