namespace MailOps.Client.Migration;

/// <summary>A folder that is open to be added to. One call at a time.</summary>
public interface IFolderWriter : IFolderReader
{
    /// <summary>Looks again what <see cref="IFolderReader.State"/> is.</summary>
    Task RefreshAsync(CancellationToken cancel);

    /// <summary>Adds messages in their order, with flags and dates. Each arrives whole and durably, or not at all.</summary>
    /// <param name="messages">The messages; they stay the caller's.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What became of each. Where that is unknown, because the connection was lost, it throws.</returns>
    Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel);

    /// <summary>The flags and keywords that the folder has by now: one that was given to a message and is not among them was not kept.</summary>
    /// <returns>Null where all are kept, or where that is not told.</returns>
    Task<IReadOnlyCollection<string>?> KnownFlagsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyCollection<string>?>(null);

    /// <summary>Gives messages other flags in the place of those they have. What is not there any more is passed over. Only where <see cref="IMailboxWriter.CanMirror"/>.</summary>
    /// <param name="messages">Their ids, and all the flags they are to have, sorted, with spaces between.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel);

    /// <summary>Removes messages for ever, and no others. What is not there any more is passed over. Only where <see cref="IMailboxWriter.CanMirror"/>.</summary>
    Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel);
}
