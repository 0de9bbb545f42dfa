namespace MailOps.Client.Migration;

/// <summary>A mailbox that is written to: its folders. May be asked from several threads.</summary>
public interface IMailboxWriter : IAsyncDisposable
{
    /// <summary>Which mailbox it is, in messages.</summary>
    string Name { get; }

    /// <summary>True if flags of messages can be changed here, and messages removed.</summary>
    bool CanMirror { get; }

    /// <summary>True for a server: what was sent to it may arrive when the one who sent it is gone.</summary>
    bool EndsAlone => false;

    /// <summary>True for an account of Gmail's kind, where folders are labels of one set of messages. Known when its folders were listed.</summary>
    bool HasLabels => false;

    /// <summary>The folders of the account itself, the inbox first.</summary>
    Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel);

    /// <summary>What a folder is called here. What cannot stand in a name here is written as <c>_</c>.</summary>
    /// <param name="levels">The names of its levels, from the top.</param>
    string NameOf(IReadOnlyList<string> levels);

    /// <summary>Makes a folder that is not there, and those above it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="use">What it is for, such as <c>\Sent</c>, if the mailbox can note that; null for nothing.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task CreateAsync(string name, string? use, CancellationToken cancel);

    /// <summary>Makes folders that are not there without waiting for each, as far as that is possible.</summary>
    /// <param name="folders">Their names, each behind those above it, and what they are for, or null.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Those that were made. The others have to be made one by one, which tells what is wrong with them.</returns>
    Task<IReadOnlyList<MailFolder>> CreateAsync(IReadOnlyList<(string Name, string? Use)> folders, CancellationToken cancel) => Task.FromResult<IReadOnlyList<MailFolder>>([]);

    /// <summary>Subscribes to folders without waiting for each, as far as that is possible.</summary>
    /// <returns>The names of those that are subscribed to now.</returns>
    Task<IReadOnlyList<string>> SubscribeAsync(IReadOnlyList<string> names, CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>So many folders will be opened at once: what takes time for that may begin.</summary>
    void Prepare(int folders)
    {
    }

    /// <summary>Subscribes to a folder.</summary>
    Task SubscribeAsync(string name, CancellationToken cancel);

    /// <summary>Opens a folder.</summary>
    Task<IFolderWriter> OpenAsync(string folder, CancellationToken cancel);
}
