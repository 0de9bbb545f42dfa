using System.Globalization;
using System.Text;
using MailOps.Maildir;

namespace MailOps.StoreWorker;

/// <summary>
/// One of several that change mailboxes which all share. Each touches only messages of its own, so that whoever watches knows what
/// must be there, whatever the others do at the same time.
/// </summary>
internal sealed class Writer(MaildirStore store, Report report, string name, Random random)
{
    private const string Account = "john@example.com";
    private const int MostMessages = 24;

    private static readonly string[] Shared = ["INBOX", "Work", "Archive"];
    private static readonly string[] Letters = ["\\Seen", "\\Flagged", "\\Answered", "alpha", "beta"];

    // Where its messages are: a message is at most once in a mailbox.
    private readonly Dictionary<string, HashSet<string>> _mine = Shared.ToDictionary(mailbox => mailbox, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
    private IMailAccount _account = null!;
    private int _messages;
    private int _folders;
    private string? _folder;

    internal async Task RunAsync()
    {
        _account = await store.OpenAccountAsync(Account, CancellationToken.None);
        while (true)
        {
            switch (random.Next(14))
            {
                case 0 or 1 or 2:
                    await DeliverAsync();
                    break;
                case 3 or 4:
                    await AppendAsync();
                    break;
                case 5 or 6:
                    await StoreAsync();
                    break;
                case 7:
                    await TransferAsync(isMove: false);
                    break;
                case 8:
                    await TransferAsync(isMove: true);
                    break;
                case 9 or 10:
                    await ExpungeAsync();
                    break;
                case 11 or 12:
                    await AppendAllAsync();
                    break;
                default:
                    await ChangeFoldersAsync();
                    break;
            }
        }
    }

    private string NewText(out string body)
    {
        var text = $"{name}m{++_messages}";
        var length = random.Next(50) == 0 ? 300_000 : random.Next(6000);
        body = $"Subject: {text}\r\n\r\n{new string('x', length)}\r\nend of {text}\r\n";
        return text;
    }

    private async Task DeliverAsync()
    {
        string[] targets = [.. Shared.Append(_folder).OfType<string>().Where(_ => random.Next(2) == 0)];
        if (targets.Length == 0 || _mine.Values.Sum(texts => texts.Count) > MostMessages)
            return;
        var text = NewText(out var body);
        var number = report.Begin("deliver", [text, .. targets]);
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes(body));
        await delivery.CommitAsync([.. targets.Select(target => new DeliveryTarget(Account, target))], CancellationToken.None);
        report.Done(number);
        foreach (var target in targets)
            _mine[target].Add(text);
    }

    private async Task AppendAsync()
    {
        if (_mine.Values.Sum(texts => texts.Count) > MostMessages)
            return;
        var target = Any(Shared.Append(_folder).OfType<string>());
        var text = NewText(out var body);
        var flags = AnyFlags();
        var number = report.Begin("append", text, target, flags);
        await using var delivery = store.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes(body));
        var appended = await _account.AppendAsync(target, delivery, SetOf(flags), null, CancellationToken.None)
            ?? throw new InvalidOperationException($"APPEND: {target} is not there.");
        report.Done(number, Number(appended.UidValidity), Number(appended.Uid));
        _mine[target].Add(text);
    }

    // All come or none.
    private async Task AppendAllAsync()
    {
        if (_mine.Values.Sum(texts => texts.Count) > MostMessages)
            return;
        var target = Any(Shared.Append(_folder).OfType<string>());
        var flags = AnyFlags();
        var texts = new List<string>();
        var messages = new List<MessageToAppend>();
        for (var left = 2 + random.Next(5); left > 0; left--)
        {
            texts.Add(NewText(out var body));
            var delivery = store.BeginDelivery();
            delivery.Write(Encoding.ASCII.GetBytes(body));
            messages.Add(new MessageToAppend(delivery, SetOf(flags), null));
        }

        var number = report.Begin("appendall", [target, flags, .. texts]);
        var appended = await _account.AppendAsync(target, messages, CancellationToken.None)
            ?? throw new InvalidOperationException($"APPEND: {target} is not there.");
        foreach (var message in messages)
            await message.Message.DisposeAsync();
        report.Done(number, [Number(appended[0].UidValidity), .. appended.Select(one => Number(one.Uid))]);
        _mine[target].UnionWith(texts);
    }

    private async Task StoreAsync()
    {
        if (AnyMailbox() is not { } mailbox)
            return;
        var (view, messages) = await SelectAsync(mailbox);
        await using var closing = view;
        var change = Any([FlagChange.Add, FlagChange.Remove, FlagChange.Replace]);
        var flags = AnyFlags();
        var number = report.Begin("store", [mailbox, change.ToString(), flags, .. messages.Select(pair => pair.Text)]);
        var stored = await view.StoreFlagsAsync(messages.ConvertAll(pair => pair.Message), change, SetOf(flags), CancellationToken.None);
        report.Done(number, Number((uint)stored.Stored.Count));
    }

    private async Task TransferAsync(bool isMove)
    {
        if (AnyMailbox() is not { } from)
            return;
        var to = Any(Shared);
        if (from == to)
            return;
        var (view, messages) = await SelectAsync(from);
        await using var closing = view;
        messages.RemoveAll(pair => _mine[to].Contains(pair.Text));
        if (messages.Count == 0)
            return;
        var number = report.Begin(isMove ? "move" : "copy", [from, to, .. messages.Select(pair => pair.Text)]);
        var chosen = messages.ConvertAll(pair => pair.Message);
        var copied = (isMove ? await view.MoveAsync(chosen, to, CancellationToken.None) : await view.CopyAsync(chosen, to, CancellationToken.None))
            ?? throw new InvalidOperationException($"{to} is not there.");
        report.Done(number, [Number(copied.UidValidity), .. copied.TargetUids.Select(Number)]);
        foreach (var (_, text) in messages)
        {
            _mine[to].Add(text);
            if (isMove)
                _mine[from].Remove(text);
        }
    }

    private async Task ExpungeAsync()
    {
        if (AnyMailbox() is not { } mailbox)
            return;
        var (view, messages) = await SelectAsync(mailbox);
        await using var closing = view;
        string[] texts = [.. messages.Select(pair => pair.Text)];
        var chosen = messages.ConvertAll(pair => pair.Message);
        var marked = report.Begin("store", [mailbox, nameof(FlagChange.Add), "\\Deleted", .. texts]);
        var stored = await view.StoreFlagsAsync(chosen, FlagChange.Add, SetOf("\\Deleted"), CancellationToken.None);
        report.Done(marked, Number((uint)stored.Stored.Count));
        var number = report.Begin("expunge", [mailbox, .. texts]);
        await view.ExpungeAsync(chosen, CancellationToken.None);
        report.Done(number);
        _mine[mailbox].ExceptWith(texts);
    }

    // A folder of its own is made, renamed once or twice, and deleted with what is in it.
    private async Task ChangeFoldersAsync()
    {
        if (_folder is null)
        {
            var made = $"F{name}n{++_folders}";
            var creating = report.Begin("create", made);
            Must(await _account.CreateAsync(made, CancellationToken.None), made);
            report.Done(creating);
            _folder = made;
            _mine[made] = new HashSet<string>(StringComparer.Ordinal);
        }
        else if (random.Next(2) == 0)
        {
            var renamed = $"F{name}n{++_folders}";
            var renaming = report.Begin("rename", _folder, renamed);
            Must(await _account.RenameAsync(_folder, renamed, CancellationToken.None), renamed);
            report.Done(renaming);
            _mine.Remove(_folder, out var texts);
            _mine[renamed] = texts!;
            _folder = renamed;
        }
        else
        {
            var deleting = report.Begin("delete", _folder);
            Must(await _account.DeleteAsync(_folder, CancellationToken.None), _folder);
            report.Done(deleting);
            _mine.Remove(_folder);
            _folder = null;
        }
    }

    private static void Must(MailboxOutcome outcome, string mailbox)
    {
        if (outcome != MailboxOutcome.Done)
            throw new InvalidOperationException($"{outcome} for {mailbox}");
    }

    /// <summary>Opens a mailbox and finds some of its own messages there, telling their UIDs.</summary>
    private async Task<(IMailbox View, List<(MailboxMessage Message, string Text)> Messages)> SelectAsync(string mailbox)
    {
        var view = await _account.OpenAsync(mailbox, readOnly: false, CancellationToken.None) ?? throw new InvalidOperationException($"{mailbox} is not there.");
        var all = new List<(MailboxMessage Message, string Text)>();
        report.Say("numbers", mailbox, Number(view.UidValidity), Number(view.UidNext), view.HighestModSeq.ToString(CultureInfo.InvariantCulture));
        foreach (var message in view.Messages)
        {
            if (await SubjectAsync(view, message) is { } text && _mine[mailbox].Contains(text))
            {
                all.Add((message, text));
                report.Say("uid", Number(view.UidValidity), Number(message.Uid), text);
                report.Say("modseq", Number(view.UidValidity), Number(message.Uid), message.ModSeq.ToString(CultureInfo.InvariantCulture), FlagsOf(message));
            }
        }

        if (all.Count != _mine[mailbox].Count)
            throw new InvalidOperationException($"{mailbox} shows {all.Count} of {_mine[mailbox].Count} messages.");
        return (view, [.. all.Where(_ => random.Next(3) == 0).DefaultIfEmpty(all[0])]);
    }

    private static async Task<string?> SubjectAsync(IMailbox view, MailboxMessage message)
    {
        await using var stream = await view.OpenMessageAsync(message, CancellationToken.None);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream, Encoding.ASCII, false, 128);
        return (await reader.ReadLineAsync())?["Subject: ".Length..];
    }

    private string? AnyMailbox() => _mine.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key).ToList() is { Count: > 0 } mailboxes ? Any(mailboxes) : null;

    private T Any<T>(IEnumerable<T> all)
    {
        var list = all.ToList();
        return list[random.Next(list.Count)];
    }

    private string AnyFlags() => string.Join(' ', Letters.Where(_ => random.Next(3) == 0));

    private static MessageFlagSet SetOf(string flags)
    {
        var system = SystemFlags.None;
        var keywords = new List<string>();
        foreach (var flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (flag[0] == '\\')
                system |= Enum.Parse<SystemFlags>(flag[1..]);
            else
                keywords.Add(flag);
        }

        return new MessageFlagSet(system, [.. keywords]);
    }

    private static string FlagsOf(MailboxMessage message) => string.Join(' ', Letters.Append("\\Deleted").Where(flag =>
        flag[0] == '\\' ? message.Flags.System.HasFlag(Enum.Parse<SystemFlags>(flag[1..])) : message.Flags.Keywords.Contains(flag)));

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
