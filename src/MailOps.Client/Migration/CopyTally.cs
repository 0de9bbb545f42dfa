namespace MailOps.Client.Migration;

/// <summary>Counts what becomes of the messages of one folder, through all its attempts.</summary>
internal sealed class CopyTally(PlannedFolder folder)
{
    private readonly List<RefusedMessage> _refused = [];
    private readonly SortedSet<string> _keywordsLost = new(StringComparer.OrdinalIgnoreCase);
    private long _messages;
    private long _copied;
    private long _octets;
    private long _found;
    private long _matched;
    private long _refusedBefore;
    private long _skipped;
    private long _changed;
    private long _removed;
    private long _unseen;

    /// <summary>The folder's path.</summary>
    public string Path => folder.Source.Path;

    /// <summary>Messages that are new on the target, or found there.</summary>
    public long Arrived => _copied + _refused.Count;

    /// <summary>Messages that are new on the target.</summary>
    public long Copied => _copied;

    /// <summary>Messages that are done.</summary>
    public long Done => _copied + _found + _skipped + _refusedBefore + _refused.Count;

    /// <summary>True if nothing is missing on the target of what is meant.</summary>
    public bool IsWhole => _refused.Count + _refusedBefore == 0 && _copied + _found + _skipped >= _messages;

    /// <summary>Octets that were copied.</summary>
    public long Octets => _octets;

    /// <summary>Those that were refused in this run.</summary>
    public IReadOnlyList<RefusedMessage> RefusedNow => _refused;

    /// <summary>An attempt begins, which looks at all messages from the first.</summary>
    public void Begin(long messages)
    {
        _messages = messages;
        // What this run copied is found by its next attempt.
        _found = -_copied;
        _refusedBefore = -_refused.Count;
        _skipped = 0;
        _unseen = 0;
    }

    /// <summary>Messages that were read in this run and are settled: copied, found by their content, or refused.</summary>
    public long Settled => _copied + _matched + _refused.Count;

    /// <summary>Messages that no journal tells of are on the target already.</summary>
    public void Match(int count)
    {
        _matched += count;
        Found(count);
    }

    /// <summary>Messages are on the target already.</summary>
    public void Found(int count) => Interlocked.Add(ref _found, count);

    /// <summary>Messages are not meant.</summary>
    public void Skip(int count) => Interlocked.Add(ref _skipped, count);

    /// <summary>Messages that are not meant.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Messages are there that the source did not show.</summary>
    public void Miss(long count) => _unseen = count;

    /// <summary>Copies have other flags now.</summary>
    public void Change(int count) => _changed += count;

    /// <summary>Copies were removed.</summary>
    public void Remove(int count) => _removed += count;

    /// <summary>A message was refused in an earlier run.</summary>
    public void StillRefused() => _refusedBefore++;

    /// <summary>True if a message was refused in this run.</summary>
    public bool WasRefused(string id) => _refused.Exists(message => message.Id == id);

    /// <summary>Messages arrived.</summary>
    public void Add(int count, long octets)
    {
        _copied += count;
        _octets += octets;
    }

    /// <summary>A message is refused.</summary>
    public void Refuse(RefusedMessage message) => _refused.Add(message);

    /// <summary>The target did not keep keywords.</summary>
    public void Lose(IEnumerable<string> keywords) => _keywordsLost.UnionWith(keywords);

    /// <summary>What became of the folder.</summary>
    /// <param name="error">Why it was not copied to its end, or null.</param>
    public FolderCopyResult Conclude(string? error) => new()
    {
        Folder = Path,
        Target = folder.Target,
        Messages = _messages,
        Copied = _copied,
        CopiedSize = _octets,
        AlreadyThere = Math.Max(0, _found),
        Refused = _refused.Count + Math.Max(0, _refusedBefore),
        Skipped = _skipped,
        FlagsChanged = _changed,
        Removed = _removed,
        NotShown = _unseen,
        KeywordsLost = [.. _keywordsLost],
        Error = error,
    };
}
