namespace MailOps.Client.Migration;

/// <summary>A mailbox that is read: its folders. May be asked from several threads.</summary>
public interface IMailboxReader : IAsyncDisposable
{
    /// <summary>Which mailbox it is, in messages.</summary>
    string Name { get; }

    /// <summary>False if it knows nothing of flags, nor when messages arrived.</summary>
    bool KnowsFlagsAndDates => true;

    /// <summary>What was left out when the folders were listed, and why, a sentence each; nothing of servers.</summary>
    /// <param name="isWanted">True for the path of a folder that is meant, of which it is told; null for all.</param>
    IReadOnlyList<string> LeftOutOf(Predicate<string>? isWanted) => [];

    /// <summary>The folders of the account itself, the inbox first.</summary>
    Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel);

    /// <summary>Opens a folder; nothing becomes seen by reading.</summary>
    Task<IFolderReader> OpenAsync(string folder, CancellationToken cancel);

    /// <summary>Opens a folder of which all messages are going to be listed: what can be asked for with the same question is.</summary>
    Task<IFolderReader> OpenToListAsync(string folder, CancellationToken cancel) => OpenAsync(folder, cancel);

    /// <summary>So many folders will be opened at once: what takes time for that may begin.</summary>
    void Prepare(int folders)
    {
    }
}
