using System.Globalization;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <content>What it does.</content>
internal sealed partial class RandomSession
{
    /// <summary>Mailboxes that stay.</summary>
    public static readonly string[] Lasting = ["INBOX", "Archive", "Work"];

    /// <summary>Mailboxes that are made, renamed and deleted.</summary>
    public static readonly string[] Passing = ["Passing", "Past"];

    // From here on more is taken away than comes.
    private const int Many = 20;

    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "\\Answered", "$Work", "$Home"];

    private static readonly string[] Searches =
    [
        "search|flagged",
        "uid search|or unseen keyword $Work",
        "uid search|not answered",
        "uid search|subject 1 unflagged",
        "uid sort|(reverse subject) utf-8 unseen",
        "sort|(subject) utf-8 all",
        "sort|(reverse arrival subject) utf-8 flagged",
    ];

    /// <summary>Does one thing.</summary>
    public async Task StepAsync()
    {
        if (Model is null && _random.Next(2) == 0)
            await SelectAsync(AnyMailbox());
        else if (Model is null || _random.Next(3) == 0)
            await StepAnywhereAsync();
        else
            await StepSelectedAsync(Model);
    }

    private string AnyMailbox() => _random.Next(6) == 0 ? Passing[_random.Next(2)] : Lasting[_random.Next(3)];

    private List<uint> AnyMessages(MailboxModel model) => [.. model.Uids.Where(uid => uid > 0).OrderBy(_ => _random.Next()).Take(1 + (_random.Next(3) == 0 ? _random.Next(4) : 0)).Order()];

    // Numbers hold while a command is on its way, but for who hears of expunges at once.
    private bool MayNameByNumber => !_manner.IsUidOnly && _manner.Hearing != Hearing.AtOnce;

    private string Named(MailboxModel model, IReadOnlyList<uint> uids, string verb) => MayNameByNumber && _random.Next(2) == 0
        ? $"{verb} {string.Join(',', uids.Select(uid => Place(model, uid)))}"
        : $"uid {verb} {string.Join(',', uids)}";

    private static int Place(MailboxModel model, uint uid) => 1 + model.Uids.ToList().IndexOf(uid);

    private async Task StepAnywhereAsync()
    {
        switch (_random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                await AppendAsync(AnyMailbox());
                break;
            case 4 or 5:
                await IdleAsync();
                break;
            case 6:
                await ComeBackAsync();
                break;
            case 7 when _manner is { HearsOthers: true, AsksStatus: true } && _random.Next(2) == 0:
                _others = new StatusModel();
                await NotifyAsync();
                break;
            case 7 or 8:
                await SelectAsync(AnyMailbox());
                break;
            case 9:
                await ChangeMailboxesAsync();
                break;
            case 10 when _random.Next(2) == 0:
                await _server.DeliverBySmtpAsync($"m{_ledger.Delivered()}");
                break;
            case 10 when _mailbox.Length > 0:
                await RunAsync(_random.Next(2) == 0 ? "unselect" : "close");
                Leave();
                break;
            default:
                await RunAsync("noop");
                break;
        }
    }

    private async Task StepSelectedAsync(MailboxModel model)
    {
        var uids = AnyMessages(model);
        switch (_random.Next(model.Uids.Count > Many ? 8 : 16))
        {
            case 0 or 1 or 2 when uids.Count > 0:
                _ledger.Marked(model.UidValidity, uids);
                await RunAsync($"{Named(model, uids, "store")} +flags (\\Deleted)", "EXPUNGEISSUED", "CANNOT");
                break;
            case 3 or 4:
                await RunAsync(_random.Next(2) == 0 || uids.Count == 0 ? "expunge" : $"uid expunge {string.Join(',', uids)}", "CANNOT");
                break;
            case 5 or 6 when uids.Count > 0:
                await TransferAsync(model, uids, isMoved: true);
                break;
            case 7 when uids.Count > 0:
                await ReplaceAsync(model, uids[0]);
                break;
            case 8 when uids.Count > 0:
                await TransferAsync(model, uids, isMoved: false);
                break;
            case 9 or 10 or 11 when uids.Count > 0:
                await StoreAsync(model, uids);
                break;
            case 12 when uids.Count > 0:
                await RunAsync($"{Named(model, uids, "fetch")} (UID FLAGS BODY{(_random.Next(2) == 0 ? ".PEEK" : "")}[HEADER.FIELDS (SUBJECT)])", "EXPUNGEISSUED");
                break;
            case 13:
                await KeepSearchAsync();
                break;
            case 14:
                await RunAsync(_manner.IsUidOnly || _random.Next(2) == 0 ? "uid search all" : "search unseen");
                break;
            default:
                await RunAsync("uid fetch 1:* (FLAGS)");
                break;
        }
    }

    private (string Text, List<int> Numbers) AnyNew(int count)
    {
        List<int> numbers = [.. Enumerable.Range(0, count).Select(_ => _ledger.Next())];
        return (string.Concat(numbers.Select(number =>
        {
            var message = $"Subject: m{number}\r\n\r\nx\r\n";
            return $" ({(_random.Next(2) == 0 ? Flags[_random.Next(Flags.Length)] : "")}) {{{message.Length}+}}\r\n{message}";
        })), numbers);
    }

    private async Task AppendAsync(string mailbox)
    {
        var (text, numbers) = AnyNew(1 + (_random.Next(4) == 0 ? _random.Next(3) : 0));
        var answer = await RunAsync($"append {mailbox}{text}", Passing.Contains(mailbox) ? "TRYCREATE" : "");
        if (answer.IsOk)
            Came(mailbox, answer.Code, numbers);
    }

    private async Task ReplaceAsync(MailboxModel model, uint uid)
    {
        var mailbox = AnyMailbox();
        var (text, numbers) = AnyNew(1);
        var answer = await RunAsync($"{Named(model, [uid], "replace")} {mailbox}{text}", "EXPUNGEISSUED", "NONEXISTENT", _isReadOnly ? "CANNOT" : "", Passing.Contains(mailbox) ? "TRYCREATE" : "");
        var codes = answer.Told.Where(told => told.Kind == UntaggedKind.AppendUid).ToList();
        Assert.InRange(codes.Count, answer.IsOk && Lasting.Contains(mailbox) ? 1 : 0, answer.IsOk ? 1 : 0);
        if (!answer.IsOk)
            return;
        Came(mailbox, codes.Count == 0 ? "" : codes[0].Code, numbers);
        _ledger.Replaced(model.UidValidity, uid);
    }

    private async Task TransferAsync(MailboxModel model, List<uint> uids, bool isMoved)
    {
        var mailbox = AnyMailbox();
        var answer = await RunAsync($"{Named(model, uids, isMoved ? "move" : "copy")} {mailbox}", "EXPUNGEISSUED", isMoved && _isReadOnly ? "CANNOT" : "", Passing.Contains(mailbox) ? "TRYCREATE" : "");
        var code = isMoved ? answer.Told.SingleOrDefault(told => told.Kind == UntaggedKind.CopyUid)?.Code : answer.Code;
        if (string.IsNullOrEmpty(code) && (answer.IsOk || (isMoved && answer.Code == "EXPUNGEISSUED")) && Passing.Contains(mailbox))
            _ledger.CopiedSomewhere(model.UidValidity, uids, isMoved);

        // Of what is to be copied all is there or none; what is to be moved and still there goes.
        else if (!isMoved && !_manner.HearsBetween)
            Assert.Equal(answer.IsOk, code?.StartsWith("COPYUID", StringComparison.Ordinal) == true);
        if (string.IsNullOrEmpty(code) || (!isMoved && !answer.IsOk))
            return;
        var words = code.Split(' ');
        Assert.Equal("COPYUID", words[0]);
        var (sources, targets) = (Untagged.Expand(words[2]), Untagged.Expand(words[3]));
        Assert.Empty(sources.Except(uids));
        Assert.True(isMoved || _manner.HearsBetween || sources.Count == uids.Count, code);
        _ledger.Copied(model.UidValidity, sources, uint.Parse(words[1], CultureInfo.InvariantCulture), targets, isMoved);
        Put(mailbox, targets);
    }

    // As what is not told of a mailbox that somebody deleted or renamed at that moment.
    private void Came(string mailbox, string code, List<int> numbers)
    {
        if (code.Length == 0 && Passing.Contains(mailbox))
        {
            _ledger.CameSomewhere(numbers);
            return;
        }

        var words = code.Split(' ');
        Assert.Equal("APPENDUID", words[0]);
        var uids = Untagged.Expand(words[2]);
        _ledger.Came(uint.Parse(words[1], CultureInfo.InvariantCulture), uids, numbers);
        Put(mailbox, uids);
    }

    private void Put(string mailbox, List<uint> uids)
    {
        if (mailbox != _mailbox)
            _others.Put(mailbox, uids);
    }

    private async Task ChangeMailboxesAsync()
    {
        var (name, other) = _random.Next(2) == 0 ? (Passing[0], Passing[1]) : (Passing[1], Passing[0]);
        switch (_random.Next(3))
        {
            case 0 when (await RunAsync($"create {name}", "ALREADYEXISTS")).IsOk:
                _others.Make(name);
                break;
            case 1 when !Passing.Contains(_mailbox) && (await RunAsync($"rename {name} {other}", "NONEXISTENT", "ALREADYEXISTS")).IsOk:
                _others.Forget(name);
                _others.Make(other);
                break;
            case 2 when !Passing.Contains(_mailbox):
                _ledger.DeletesMailbox();
                if ((await RunAsync($"delete {name}", "NONEXISTENT")).IsOk)
                    _others.Forget(name);
                break;
        }
    }

    private async Task IdleAsync()
    {
        Note("C: i idle");
        await _client.SendAsync("i idle\r\n");
        var lines = new List<string>();
        while (await _client.ReadLineAsync() is { } line && line != "+ idling")
            lines.Add(line);
        lines.ForEach(Note);

        // What was told before IDLE began follows the rules of between commands.
        Hear("", Take(lines));
        for (var i = _random.Next(30); i > 0; i--)
            await Task.Yield();
        await _client.SendAsync("done\r\n");
        lines = await _client.ReadToTagAsync("i");
        lines.ForEach(Note);
        Assert.StartsWith("i OK ", lines[^1], StringComparison.Ordinal);
        var answer = Take(lines[..^1]);
        Assert.All(answer.Told, told => Assert.True(_allowed.Has(told, "idle", Model is not null, [.. _kept.Select(kept => kept.Tag)]), told.Line));
        Hear("idle", answer);
    }

    // RFC 5267: results that are kept change as it is told.
    private async Task KeepSearchAsync()
    {
        if (_kept.Count == 2)
        {
            var ended = _kept[_random.Next(2)];
            var answer = await AskAsync($"cancelupdate \"{ended.Tag}\"");
            _kept.Remove(ended);
            Hear("cancelupdate", answer);
            return;
        }

        var words = Searches[_random.Next(Searches.Length)].Split('|');
        if (_manner.HearsVanished && !words[0].StartsWith("uid", StringComparison.Ordinal))
            return;
        var kept = new KeptResult(NextTag, $"{words[0]} return (all{{0}}) {words[1]}");
        _kept.Add(kept);
        await RunAsync(string.Format(CultureInfo.InvariantCulture, kept.Command, " update"));
    }
}
