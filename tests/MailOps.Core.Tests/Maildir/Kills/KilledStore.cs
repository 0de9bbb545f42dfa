using System.Globalization;
using MailOps.Maildir;

namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>The store that workers are killed on, and a process (this one) that opens it after each kill and compares.</summary>
/// <param name="seed">For what is random here.</param>
/// <param name="writers">How many in each process.</param>
/// <param name="inMemory">Syncs cost nothing there, so that much more is under way at each kill. What a killed process had written is safe with the system anyway.</param>
internal sealed class KilledStore(int seed, int writers, bool inMemory) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<uint, HeldMailbox> _held = [];
    private string? _link;
    private int _workers;

    internal string Root { get; } = inMemory && Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory($"/dev/shm/mailops-kills-{Guid.NewGuid():N}").FullName
        : Directory.CreateTempSubdirectory("mailops-kills-").FullName;

    internal Promises Promises { get; } = new();

    public void Dispose()
    {
        if (_link is not null)
            File.Delete(_link);
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>Makes the mailboxes that all writers share.</summary>
    internal async Task PrepareAsync()
    {
        await using var store = new MaildirStore(Root);
        var account = await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None);
        foreach (var name in new[] { "Work", "Archive" })
        {
            Promises.Take("", ["begin", name, "create", name]);
            await account.CreateAsync(name, CancellationToken.None);
            Promises.Take("", ["done", name]);
        }

        await CheckAsync(account);
    }

    /// <summary>Every other process that starts from here on reaches the store by a link.</summary>
    internal void Link() => _link = Directory.CreateSymbolicLink(Root + "-link", Root).FullName;

    internal WorkerProcess Start()
    {
        var number = ++_workers;
        return new WorkerProcess(number % 2 == 0 && _link is not null ? _link : Root, $"p{number.ToString(CultureInfo.InvariantCulture)}", HashCode.Combine(seed, number), writers, Promises);
    }

    /// <summary>A random time to let workers run: often while they load, mostly under load.</summary>
    internal async Task RunAsync(WorkerProcess worker)
    {
        if (_random.Next(6) != 0)
            await worker.Ready;
        await Task.Delay(_random.Next(300));
    }

    /// <summary>Opens the store as a new process does, and compares with what was promised. No worker runs.</summary>
    internal async Task<List<string>> CheckAsync()
    {
        await using var store = new MaildirStore(Root);
        return await CheckAsync(await store.OpenAccountAsync(StoreFixture.Account, CancellationToken.None));
    }

    private static async Task<string> TextAsync(IMailbox view, MailboxMessage message)
    {
        var text = await StoreFixture.ReadAsync(view, message);
        if (text is null)
            return $"UID {message.Uid} that cannot be read";
        var end = text.IndexOf('\r', StringComparison.Ordinal);
        var name = end > 9 ? text[9..end] : "";
        return text.Length == message.Size && text.EndsWith($"\r\nend of {name}\r\n", StringComparison.Ordinal) ? name : $"UID {message.Uid} of {message.Size} octets that has {text.Length}";
    }

    private static string FlagsOf(MailboxMessage message) => string.Join(' ', Enum.GetValues<SystemFlags>()
        .Where(flag => flag != SystemFlags.None && message.Flags.System.HasFlag(flag))
        .Select(flag => $"\\{flag}")
        .Concat(message.Flags.Keywords)
        .Order(StringComparer.Ordinal));

    private async Task<List<string>> CheckAsync(IMailAccount account)
    {
        var messages = new List<FoundMessage>();
        var mailboxes = new List<FoundMailbox>();
        var views = new List<IMailbox>();
        foreach (var info in await account.ListAsync(CancellationToken.None))
        {
            var view = (await account.OpenAsync(info.Name, readOnly: false, CancellationToken.None))!;
            views.Add(view);
            mailboxes.Add(new FoundMailbox(info.Name, view.UidValidity, view.UidNext, view.HighestModSeq));
            foreach (var message in view.Messages)
                messages.Add(new FoundMessage(info.Name, view.UidValidity, message.Uid, await TextAsync(view, message), FlagsOf(message)));
        }

        var complaints = Promises.Check(messages, mailboxes);
        foreach (var view in views)
        {
            if (_held.TryGetValue(view.UidValidity, out var held))
                complaints.AddRange(await held.UntoldAsync(view));
            if (complaints.Count == 0)
                await TidyAsync(view, messages);
            await view.RefreshAsync(expunges: true, CancellationToken.None);
            _held[view.UidValidity] = new HeldMailbox(view);
            await view.DisposeAsync();
        }

        foreach (var name in mailboxes.Select(mailbox => mailbox.Name).Where(name => name[0] == 'F' && complaints.Count == 0 && _random.Next(3) != 0))
        {
            Promises.Take("", ["begin", name, "delete", name]);
            await account.DeleteAsync(name, CancellationToken.None);
            Promises.Take("", ["done", name]);
        }

        return complaints;
    }

    // Most of what dead workers left goes; some stays to be looked at again after many more kills.
    private async Task TidyAsync(IMailbox view, List<FoundMessage> found)
    {
        var gone = view.Messages.Where(_ => _random.Next(5) != 0).ToList();
        await view.RemoveAsync(gone, CancellationToken.None);
        foreach (var message in gone)
            Promises.Removed(found.First(one => one.Mailbox == view.Name && one.Uid == message.Uid).Text, view.Name);
    }
}
