using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>A store on a recording disk, and a client that writes down what it asked and what it was promised.</summary>
internal sealed class RecordedStore : IAsyncDisposable
{
    internal const string Account = "john@example.com";
    internal const string Place = "/store";

    private readonly MaildirStore _store;
    private readonly List<IAsyncDisposable> _open = [];

    internal RecordedStore(string root, bool hasLinks = true, Func<IMaildirDisk, IMaildirDisk>? wrap = null, MaildirLayout? layout = null, bool isPortable = false)
    {
        Disk = new PowerCutDisk(root, DiskImage.Empty) { HasLinks = hasLinks, IsPortable = isPortable };
        _store = new MaildirStore(root + Place, Options with { Layout = layout }, wrap is null ? Disk : wrap(Disk));
        Ledger.SetMailbox(MailboxName.Inbox, exists: true, Done());
    }

    /// <summary>Without a watch: nobody waits, and nothing may run beside what is recorded.</summary>
    internal static MaildirStoreOptions Options { get; } = new() { WatchInterval = Timeout.InfiniteTimeSpan };

    /// <summary>The same, for a process that starts some minutes later.</summary>
    internal static MaildirStoreOptions LaterOptions { get; } = Options with { TimeProvider = new LaterClock() };

    internal PowerCutDisk Disk { get; }

    internal Ledger Ledger { get; } = new();

    internal IMailAccount Mail { get; private set; } = null!;

    internal static string Text(string name, int length = 0) => $"Subject: {name}\r\n\r\n{new string('x', length)}\r\nend of {name}\r\n";

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _open)
            await one.DisposeAsync();
        await _store.DisposeAsync();
    }

    internal async Task BeginAsync()
    {
        Mail = await _store.OpenAccountAsync(Account, CancellationToken.None);
        await LookAsync(MailboxName.Inbox);
    }

    internal async Task DeliverAsync(string text, params string[] mailboxes)
    {
        var span = Now();
        foreach (var mailbox in mailboxes)
        {
            Ledger.Add(text, mailbox, 1, span);
            Ledger.SetFlags(text, mailbox, MessageFlagSet.None, span);
        }

        await using var delivery = Begin(text);
        await delivery.CommitAsync([.. mailboxes.Select(mailbox => new DeliveryTarget(Account, mailbox))], CancellationToken.None);
        span.Acknowledged = Disk.Position;
    }

    internal async Task AppendAsync(string text, string mailbox, MessageFlagSet flags, DateTimeOffset? date = null)
    {
        var span = Now();
        Ledger.Add(text, mailbox, 1, span);
        Ledger.SetFlags(text, mailbox, flags, span);
        await using var delivery = Begin(text);
        var appended = await Mail.AppendAsync(mailbox, delivery, flags, date, CancellationToken.None);
        Ledger.TellUid(appended!.Value.UidValidity, appended.Value.Uid, text, span.Acknowledged = Disk.Position);
        if (date is { } time)
            Ledger.TellDate(text, time, Disk.Position);
    }

    internal async Task AppendAllAsync(string mailbox, params string[] texts)
    {
        var span = Now();
        Ledger.AddTogether(mailbox, texts);
        var messages = new List<MessageToAppend>();
        foreach (var text in texts)
        {
            Ledger.Add(text, mailbox, 1, span);
            Ledger.SetFlags(text, mailbox, MessageFlagSet.None, span);
            var delivery = Begin(text);
            _open.Add(delivery);
            messages.Add(new MessageToAppend(delivery, MessageFlagSet.None, null));
        }

        var appended = await Mail.AppendAsync(mailbox, messages, CancellationToken.None);
        span.Acknowledged = Disk.Position;
        for (var i = 0; i < texts.Length; i++)
            Ledger.TellUid(appended![i].UidValidity, appended[i].Uid, texts[i], Disk.Position);
    }

    internal async Task SubscribeAsync(string mailbox)
    {
        var span = Now();
        Ledger.Subscribe(mailbox, span);
        await Mail.SetSubscribedAsync(mailbox, subscribed: true, CancellationToken.None);
        span.Acknowledged = Disk.Position;
    }

    internal async Task AnnotateAsync(string entry)
    {
        var span = Now();
        Ledger.Annotate(entry, span);
        await Mail.SetAnnotationsAsync(MailboxName.Inbox, new Dictionary<string, ReadOnlyMemory<byte>?>(StringComparer.Ordinal) { [entry] = "value"u8.ToArray() }, CancellationToken.None);
        span.Acknowledged = Disk.Position;
    }

    internal async Task TransferAsync(string from, string to, bool isMove)
    {
        var source = await OpenAsync(from);
        var texts = await ReadAllAsync(source);
        var span = Now();
        // What is there already comes with nothing.
        if (!isMove)
            Ledger.AddTogether(to, [.. texts.Select(pair => pair.Text).Where(text => Ledger.Bounds(text, to, Disk.Position).Most == 0)]);
        foreach (var (message, text) in texts)
        {
            Ledger.Add(text, to, 1, span, isMove);
            Ledger.SetFlags(text, to, message.Flags, span);
            if (isMove)
                Ledger.Add(text, from, -1, span, isMove: true);
        }

        var copied = isMove ? await source.MoveAsync(source.Messages, to, CancellationToken.None) : await source.CopyAsync(source.Messages, to, CancellationToken.None);
        span.Acknowledged = Disk.Position;
        for (var i = 0; i < copied!.TargetUids.Count; i++)
            Ledger.TellUid(copied.UidValidity, copied.TargetUids[i], texts.First(pair => pair.Message.Uid == copied.SourceUids[i]).Text, Disk.Position);
    }

    internal async Task StoreFlagsAsync(string mailbox, FlagChange change, MessageFlagSet flags)
    {
        var view = await OpenAsync(mailbox);
        var texts = await ReadAllAsync(view);
        var span = Now();
        foreach (var (message, text) in texts)
        {
            var keywords = change == FlagChange.Replace ? flags.Keywords : [.. message.Flags.Keywords.Union(flags.Keywords, StringComparer.OrdinalIgnoreCase)];
            var system = change == FlagChange.Replace ? flags.System : message.Flags.System | flags.System;
            Ledger.SetFlags(text, mailbox, new MessageFlagSet(system, keywords), span);
        }

        await view.StoreFlagsAsync(view.Messages, change, flags, CancellationToken.None);
        span.Acknowledged = Disk.Position;
        await view.RefreshAsync(expunges: true, CancellationToken.None);
        Ledger.TellView(view, Disk.Position);
    }

    internal async Task SetDateAsync(string mailbox, string text, DateTimeOffset date)
    {
        var view = await OpenAsync(mailbox);
        var message = (await ReadAllAsync(view)).Find(pair => pair.Text == text).Message;
        await view.SetInternalDateAsync([message], date, CancellationToken.None);
        Ledger.TellDate(text, date, Disk.Position);
    }

    internal Task ExpungeFirstAsync(string mailbox) => ExpungeAsync(mailbox, 0);

    /// <summary>Marks a message \Deleted and expunges it.</summary>
    internal async Task ExpungeAsync(string mailbox, Index index)
    {
        var view = await OpenAsync(mailbox);
        var (first, text) = (await ReadAllAsync(view))[index];
        var marked = Now();
        Ledger.SetFlags(text, mailbox, new MessageFlagSet(first.Flags.System | SystemFlags.Deleted, first.Flags.Keywords), marked);
        await view.StoreFlagsAsync([first], FlagChange.Add, new MessageFlagSet(SystemFlags.Deleted), CancellationToken.None);
        marked.Acknowledged = Disk.Position;
        var span = Now();
        Ledger.Add(text, mailbox, -1, span);
        await view.ExpungeAsync(null, CancellationToken.None);
        span.Acknowledged = Disk.Position;
        await view.RefreshAsync(expunges: true, CancellationToken.None);
        Ledger.TellView(view, Disk.Position);
    }

    internal async Task CreateAsync(string mailbox)
    {
        var span = Now();
        Ledger.SetMailbox(mailbox, exists: true, span);
        await Mail.CreateAsync(mailbox, CancellationToken.None);
        span.Acknowledged = Disk.Position;
    }

    internal async Task DeleteAsync(string mailbox)
    {
        var texts = await ReadAllAsync(await OpenAsync(mailbox));
        var span = Now();
        Ledger.SetMailbox(mailbox, exists: false, span);
        foreach (var (_, text) in texts)
            Ledger.Add(text, mailbox, -1, span);
        await Mail.DeleteAsync(mailbox, CancellationToken.None);
        span.Acknowledged = Disk.Position;
    }

    /// <summary>Renames a mailbox and what lies below it.</summary>
    internal async Task RenameAsync(string from, string to, params string[] children)
    {
        var moving = new List<(string From, string To, List<(MailboxMessage Message, string Text)> Texts)>();
        foreach (var suffix in children.Select(child => "/" + child).Prepend(""))
            moving.Add((from + suffix, to + suffix, await ReadAllAsync(await OpenAsync(from + suffix))));
        var span = Now();
        foreach (var (old, renamed, texts) in moving)
        {
            Ledger.SetMailbox(renamed, exists: true, span);
            if (old != MailboxName.Inbox)
                Ledger.SetMailbox(old, exists: false, span);
            foreach (var (message, text) in texts)
            {
                Ledger.Add(text, renamed, 1, span, isMove: true);
                Ledger.Add(text, old, -1, span, isMove: true);
                Ledger.SetFlags(text, renamed, message.Flags, span);
            }
        }

        await Mail.RenameAsync(from, to, CancellationToken.None);
        span.Acknowledged = Disk.Position;
    }

    /// <summary>Opens a mailbox and lets itself be told all.</summary>
    internal async Task<IMailbox> LookAsync(string mailbox)
    {
        var view = await OpenAsync(mailbox);
        await ReadAllAsync(view);
        return view;
    }

    private IDelivery Begin(string text)
    {
        var delivery = _store.BeginDelivery();
        delivery.Write(Encoding.UTF8.GetBytes(text));
        return delivery;
    }

    private Ledger.Span Now() => new(Disk.Position);

    private Ledger.Span Done() => new(Disk.Position) { Acknowledged = Disk.Position };

    // Views stay open to the end: closing them would be part of what is recorded.
    private async Task<IMailbox> OpenAsync(string mailbox)
    {
        var view = await Mail.OpenAsync(mailbox, readOnly: false, CancellationToken.None) ?? throw new InvalidOperationException($"There is no mailbox {mailbox}.");
        _open.Add(view);
        Ledger.TellNumbers(mailbox, view.UidValidity, view.UidNext, Disk.Position);
        return view;
    }

    private async Task<List<(MailboxMessage Message, string Text)>> ReadAllAsync(IMailbox view)
    {
        var texts = new List<(MailboxMessage Message, string Text)>();
        foreach (var message in view.Messages)
        {
            var text = await StoreFixture.ReadAsync(view, message) ?? throw new InvalidOperationException($"Message {message.Uid} cannot be read.");
            texts.Add((message, text));
            Ledger.TellUid(view.UidValidity, message.Uid, text, Disk.Position);
        }

        Ledger.TellView(view, Disk.Position);
        return texts;
    }

    private sealed class LaterClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromMinutes(10);
    }
}
