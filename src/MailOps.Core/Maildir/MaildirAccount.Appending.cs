using MailOps.Maildir.Access;
using MailOps.Maildir.Folders;

namespace MailOps.Maildir;

/// <summary>APPEND, of one message or several at once.</summary>
internal sealed partial class MaildirAccount
{
    // More than this is written by the store's own thread.
    private const long MostWrittenHere = 64 * 1024;

    public async ValueTask<IReadOnlyList<AppendedMessage>?> AppendAsync(string mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancel)
    {
        var deliveries = messages.Select(DeliveryOf).ToList();
        if (FindTarget(mailbox) is not (_, var mask))
            return null;
        if (deliveries.Count == 0)
            return [];

        var length = await WriteAsync(deliveries, messages, cancel);
        var folder = await EnterAsync(mailbox, cancel);
        if (folder is null)
            return null;
        IReadOnlyList<FolderEntry> entries;
        List<AppendedMessage> appended;
        Task durable;
        try
        {
            entries = await folder.AppendAsync(
                [.. deliveries.Select((delivery, i) => Scratch(delivery, mask.Within(messages[i].Flags)))],
                cancel);
            deliveries.ForEach(delivery => delivery.Delivered());
            Environment.Quotas.Add(directory.Path, length, deliveries.Count);
            appended = [.. entries.Select(entry => new AppendedMessage(folder.UidValidity, entry.Uid))];
            durable = folder.MakeDurable(deliveries.Min(delivery => delivery.FailedSyncs));
        }
        finally
        {
            folder.Gate.Release();
        }

        try
        {
            await durable;
        }
        catch (MailStoreException)
        {
            await folder.TakeBackAsync(entries);
            throw;
        }

        return appended;
    }

    public async ValueTask<IReadOnlyList<AppendedMessage>?> ReplaceAsync(string mailbox, MessageToAppend message, IMailbox view, MailboxMessage replaced, CancellationToken cancel)
    {
        if (view is not MailboxView selected)
            throw new ArgumentException("The view was not opened by this store.", nameof(view));
        var delivery = DeliveryOf(message);
        if (FindTarget(mailbox) is not (var folder, var mask))
            return null;
        if (selected.IsIn(directory.Path))
            message = message with { Replaces = replaced.Size };
        var length = await WriteAsync([delivery], [message], cancel);
        return await selected.ReplaceAsync(replaced, folder, Scratch(delivery, mask.Within(message.Flags)), Arrived, cancel);

        void Arrived()
        {
            delivery.Delivered();
            Environment.Quotas.Add(directory.Path, length, 1);
        }
    }

    // All is written before a folder is entered: others do not wait for a large message.
    private async ValueTask<long> WriteAsync(List<MaildirDelivery> deliveries, IReadOnlyList<MessageToAppend> messages, CancellationToken cancel)
    {
        var length = deliveries.Sum(delivery => delivery.Length);
        var freed = messages.Sum(message => message.Replaces ?? 0);
        var more = messages.Count(message => message.Replaces is null);
        if (length > freed || more > 0)
            await Environment.Quotas.RequireAsync(directory.Path, length - freed, more, cancel);
        deliveries.ForEach(delivery => delivery.Take());
        if (deliveries.Sum(delivery => delivery.InMemory) <= MostWrittenHere)
            WriteFiles(deliveries, messages);
        else
            await Environment.Writing.RunAsync(() => WriteFiles(deliveries, messages));
        return length;
    }

    private static ScratchMessage Scratch(MaildirDelivery delivery, MessageFlagSet flags) => new(delivery.File, delivery.Length, delivery.LengthAsSent, flags);

    private MaildirDelivery DeliveryOf(MessageToAppend message) =>
        message.Message is MaildirDelivery delivery && delivery.Store == store
            ? delivery
            : throw new ArgumentException("The delivery was not begun by this store.", nameof(message));

    private void WriteFiles(List<MaildirDelivery> deliveries, IReadOnlyList<MessageToAppend> messages)
    {
        for (var i = 0; i < deliveries.Count; i++)
        {
            deliveries[i].WriteFile();
            if (messages[i].InternalDate is { } date)
                Disk.SetModified(deliveries[i].File, date);
        }
    }
}
