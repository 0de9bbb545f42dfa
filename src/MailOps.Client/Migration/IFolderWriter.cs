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
}
