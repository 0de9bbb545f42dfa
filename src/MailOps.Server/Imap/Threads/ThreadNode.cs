namespace MailOps.Server.Imap.Threads;

/// <summary>A message in its thread, or a dummy: a message that others tell of and that is not there, or what keeps threads of one subject together.</summary>
internal sealed class ThreadNode
{
    private List<ThreadNode>? _children;

    /// <summary>The message; null for a dummy.</summary>
    public ThreadedMessage? Message { get; set; }

    /// <summary>What it answers, while threads are made.</summary>
    public ThreadNode? Parent { get; private set; }

    /// <summary>Something above it, and when that was found: a short way up, while threads are made.</summary>
    public (ThreadNode Above, int Made) ShortWay { get; set; }

    /// <summary>True if something was said to answer it, while threads are made.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Makes it answer another one, or nothing.</summary>
    public void Answer(ThreadNode? parent)
    {
        Parent = parent;
        parent?.IsAnswered = true;
    }

    /// <summary>What answers it.</summary>
    public IReadOnlyList<ThreadNode> Children => _children ?? (IReadOnlyList<ThreadNode>)[];

    /// <summary>The message that tells where a thread stands among others: its own, or that of a dummy's first child.</summary>
    public ThreadedMessage Head => Message ?? Children[0].Head;

    /// <summary>Adds a child behind the others.</summary>
    public void Add(ThreadNode child) => (_children ??= []).Add(child);

    /// <summary>Sorts the children by when they were sent.</summary>
    public void SortChildren()
    {
        if (_children?.Count > 1)
            _children.Sort(BySent);
    }

    /// <summary>By when the heads were sent, and by their places if that was the same second.</summary>
    public static int BySent(ThreadNode one, ThreadNode other)
    {
        var (first, second) = (one.Head, other.Head);
        return first.Sent != second.Sent ? first.Sent.CompareTo(second.Sent) : first.Place - second.Place;
    }
}
