using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Tests.Queue;

/// <summary>A store with a spool.</summary>
internal sealed class SpoolFixture : IAsyncDisposable
{
    public static readonly DateTimeOffset Due = new(2026, 11, 29, 1, 40, 0, TimeSpan.Zero);

    private SpoolFixture(MaildirStore store, Spool spool) => (Store, Spool) = (store, spool);

    public MaildirStore Store { get; }

    public Spool Spool { get; }

    public static async Task<SpoolFixture> OpenAsync(string path, IMaildirDisk disk)
    {
        var store = new MaildirStore(path, new MaildirStoreOptions(), disk);
        try
        {
            return new SpoolFixture(store, await Spool.OpenAsync(store));
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public static Envelope Envelope(params string[] recipients) => new()
    {
        Sender = "sender@a.example",
        Recipients = [.. recipients.Select(address => new EnvelopeRecipient { Address = address, NextHop = address[(address.IndexOf('@', StringComparison.Ordinal) + 1)..] })],
        Expires = Due.AddDays(5),
    };

    public static SpoolRecord Record(SpoolEvent what, params int[] recipients) => new() { Time = Due, Event = what, Recipients = [.. recipients], Reply = "250 2.0.0 Ok" };

    public Task<QueueEntry> AddAsync(string text, Envelope envelope, params string[] accounts) => AddAsync(text, 0, envelope, accounts);

    public async Task<QueueEntry> AddAsync(string text, int leftOut, Envelope envelope, params string[] accounts)
    {
        await using var delivery = (MaildirDelivery)Store.BeginDelivery();
        delivery.Write(Encoding.UTF8.GetBytes(text));
        await delivery.DrainAsync();
        return await Spool.AddAsync(QueueId.Next(TimeProvider.System), delivery, envelope, Due, 0, [.. accounts.Select(account => new DeliveryTarget(account))], leftOut, CancellationToken.None);
    }

    public List<QueueEntry> List()
    {
        var entries = new List<QueueEntry>();
        Spool.List(entries.Add);
        return entries;
    }

    /// <summary>The message's text, or null if it is not there as a whole.</summary>
    public async Task<string?> ReadAsync(QueueEntry entry)
    {
        using var message = Spool.TryOpen(entry);
        return message is null ? null : Encoding.UTF8.GetString((await message.Content.ReadAllAsync(CancellationToken.None)).Span);
    }

    public async ValueTask DisposeAsync()
    {
        Spool.Dispose();
        await Store.DisposeAsync();
    }
}
