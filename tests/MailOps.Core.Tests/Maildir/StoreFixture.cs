using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A store in a directory of its own, which goes away with it.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    internal const string PortableDiskSetting = "MAILOPS_TEST_PORTABLE_DISK";
    internal const string Account = "john@example.com";

    private readonly MaildirStoreOptions _options;

    internal StoreFixture(Func<IMaildirDisk, IMaildirDisk>? wrap = null, MaildirLayout? layout = null, MailQuota? quota = null, TimeProvider? clock = null)
    {
        _options = new MaildirStoreOptions { WatchInterval = TimeSpan.FromMilliseconds(100), Layout = layout, Quota = quota, TimeProvider = clock ?? TimeProvider.System };
        Root = Directory.CreateTempSubdirectory("mailops-store-").FullName;
        Store = Open(wrap);
    }

    /// <summary>A store whose INBOX has so many messages, their UIDs from 1 on.</summary>
    internal static async Task<StoreFixture> WithMessagesAsync(int count)
    {
        var store = new StoreFixture();
        for (var i = 1; i <= count; i++)
            await store.DeliverAsync($"Subject: {i}\r\n\r\n");
        return store;
    }

    internal string Root { get; }

    internal MaildirStore Store { get; private set; }

    internal string Inbox => Path.Combine(Root, "mail", "example.com", "john");

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>As if the process ended and another one began.</summary>
    internal async ValueTask RestartAsync()
    {
        await Store.DisposeAsync();
        Store = Open(null);
    }

    internal ValueTask<IMailAccount> AccountAsync() => Store.OpenAccountAsync(Account, CancellationToken.None);

    internal async ValueTask<IMailbox> OpenAsync(string mailbox = MailboxName.Inbox, bool readOnly = false)
    {
        var account = await AccountAsync();
        return await account.OpenAsync(mailbox, readOnly, CancellationToken.None) ?? throw new InvalidOperationException($"There is no mailbox {mailbox}.");
    }

    internal async ValueTask DeliverAsync(string text, params string[] mailboxes)
    {
        await using var delivery = Store.BeginDelivery();
        delivery.Write(Encoding.UTF8.GetBytes(text));
        var targets = mailboxes.Length == 0 ? [new DeliveryTarget(Account)] : mailboxes.Select(mailbox => new DeliveryTarget(Account, mailbox)).ToArray();
        await delivery.CommitAsync(targets, CancellationToken.None);
    }

    internal async ValueTask<AppendedMessage?> AppendAsync(string text, string mailbox = MailboxName.Inbox, MessageFlagSet? flags = null, DateTimeOffset? date = null)
    {
        var account = await AccountAsync();
        await using var delivery = Store.BeginDelivery();
        delivery.Write(Encoding.UTF8.GetBytes(text));
        return await account.AppendAsync(mailbox, delivery, flags ?? MessageFlagSet.None, date, CancellationToken.None);
    }

    internal static async Task<string?> ReadAsync(IMailbox mailbox, MailboxMessage message)
    {
        await using var stream = await mailbox.OpenMessageAsync(message, CancellationToken.None);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>The disk that is tested.</summary>
    internal static IMaildirDisk NewDisk() =>
        !OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(PortableDiskSetting) == "1" ? new PortableDisk() : new LinuxDisk();

    private MaildirStore Open(Func<IMaildirDisk, IMaildirDisk>? wrap)
    {
        var disk = NewDisk();
        return new MaildirStore(Root, _options, wrap is null ? disk : wrap(disk));
    }
}
