namespace MailOps.Client.Migration;

/// <summary>A folder that is open. One call at a time.</summary>
public interface IFolderReader : IAsyncDisposable
{
    /// <summary>The ids of messages hold as long as this is the same: over IMAP the UIDVALIDITY.</summary>
    string Epoch { get; }

    /// <summary>The ids of all messages, of a mailbox that may give them other ones and does not say so, as a server of POP3; null where <see cref="Epoch"/> tells.</summary>
    IReadOnlyCollection<string>? Ids => null;

    /// <summary>How many messages it has.</summary>
    int Count { get; }

    /// <summary>False if a search leaves some of those out.</summary>
    bool ShowsAll => true;

    /// <summary>What changes when a message comes or goes, as the mailbox's list of folders has it as well; null if the mailbox has nothing of the kind.</summary>
    string? State { get; }

    /// <summary>What changes when flags do, as the mailbox's list of folders has it as well; null if the mailbox has nothing of the kind: then they have to be looked at.</summary>
    string? FlagState => null;

    /// <summary>What came since a time at which all was known, and nothing else: in a large folder much less than all of it.</summary>
    /// <param name="state">What <see cref="State"/> was then.</param>
    /// <param name="flagState">What <see cref="FlagState"/> was then; null if flags do not matter, else messages whose flags changed are there too.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Null if that cannot be told, or if a message has gone: then all of them have to be listed.</returns>
    Task<IReadOnlyList<MailEntry>?> ChangedSinceAsync(string state, string? flagState, CancellationToken cancel) => Task.FromResult<IReadOnlyList<MailEntry>?>(null);

    /// <summary>As <see cref="ChangedSinceAsync"/>, of a mailbox that can tell what has gone.</summary>
    /// <param name="state">What <see cref="State"/> was then.</param>
    /// <param name="flagState">What <see cref="FlagState"/> was then.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Null if that cannot be told: then all of them have to be listed.</returns>
    Task<FolderChanges?> ChangedAndGoneSinceAsync(string state, string flagState, CancellationToken cancel) => Task.FromResult<FolderChanges?>(null);

    /// <summary>What is known of the messages, oldest first, a few thousand at a time. Between two of these lists messages can be read.</summary>
    IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync(CancellationToken cancel);

    /// <summary>Reads messages. What is not there any more is left out.</summary>
    /// <param name="entries">Which, in the order of <see cref="ListAsync"/>.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The messages, which are the caller's to dispose.</returns>
    IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, CancellationToken cancel);
}
