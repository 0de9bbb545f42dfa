namespace MailOps.Server.Imap.Threads;

/// <summary>REFERENCES (RFC 5256 section 3): by what messages say they answer, and by their subjects. The steps have the standard's numbers.</summary>
internal sealed class ReferencesThreads
{
    private readonly Dictionary<string, ThreadNode> _byId = new(StringComparer.Ordinal);

    // In the order in which they were made, messages and dummies.
    private readonly List<ThreadNode> _nodes = [];

    // Short ways hold until an answer is taken from what it answered, which is once for each message at the most. From 1 on: a node without one has 0.
    private int _made = 1;

    private ReferencesThreads()
    {
    }

    /// <summary>The threads, by when they began.</summary>
    /// <param name="messages">The messages, by their places.</param>
    /// <param name="cancel">Ends the work: hostile references may make much of it.</param>
    public static IReadOnlyList<ThreadNode> Of(IReadOnlyList<ThreadedMessage> messages, CancellationToken cancel)
    {
        var threads = new ReferencesThreads();
        foreach (var message in messages)
        {
            cancel.ThrowIfCancellationRequested();
            threads.Link(message);
        }

        return SubjectMerge.Of(threads.Roots());
    }

    // Step 1.
    private void Link(ThreadedMessage message)
    {
        ThreadNode? last = null;
        foreach (var id in message.References)
        {
            var next = NodeOf(id);
            if (last is not null && next.Parent is null && !IsWithin(last, next))
                next.Answer(last);
            last = next;
        }

        var node = NodeOf(message);
        if (node.Parent is not null)
            _made++;
        node.Answer(null);
        if (last is not null && !IsWithin(last, node))
            node.Answer(last);
    }

    private ThreadNode NodeOf(string id)
    {
        if (!_byId.TryGetValue(id, out var node))
            _byId.Add(id, node = NewNode());
        return node;
    }

    // An id that an earlier message has is that one's.
    private ThreadNode NodeOf(ThreadedMessage message)
    {
        var node = message.Id is { } id && NodeOf(id) is { Message: null } own ? own : NewNode();
        node.Message = message;
        return node;
    }

    private ThreadNode NewNode()
    {
        var node = new ThreadNode();
        _nodes.Add(node);
        return node;
    }

    // True if a node is another one that answers nothing, or below it. Nothing is below what nothing answers, which nearly all are when they come.
    private bool IsWithin(ThreadNode node, ThreadNode top) => top.IsAnswered ? TopOf(node) == top : node == top;

    // What is gone up once is gone up in one step: hostile references ask for the same long way again and again.
    private ThreadNode TopOf(ThreadNode node)
    {
        var top = node;
        while (Above(top) is { } above)
            top = above;
        for (var at = node; Above(at) is { } above; at = above)
            at.ShortWay = (top, _made);
        return top;
    }

    private ThreadNode? Above(ThreadNode node) => node.ShortWay.Made == _made ? node.ShortWay.Above : node.Parent;

    // Steps 2 and 3: who has no parent is a root; dummies go, except roots with several children.
    private List<ThreadNode> Roots()
    {
        var roots = new List<ThreadNode>();
        foreach (var node in _nodes)
        {
            if (node.Message is null)
            {
                if (node.Parent is null)
                    roots.Add(node);
            }
            else if (KeptParent(node) is { } parent)
            {
                parent.Add(node);
            }
            else
            {
                roots.Add(node);
            }
        }

        roots.RemoveAll(root => root.Message is null && root.Children.Count == 0);
        for (var i = 0; i < roots.Count; i++)
        {
            if (roots[i] is { Message: null, Children.Count: 1 } alone)
                roots[i] = alone.Children[0];
        }

        return roots;
    }

    // The nearest ancestor that stays. The way there is made short for who comes next.
    private static ThreadNode? KeptParent(ThreadNode node)
    {
        var kept = node.Parent;
        while (kept is { Message: null, Parent: not null })
            kept = kept.Parent;
        for (var at = node; at.Parent is { } next && next != kept; at = next)
            at.Answer(kept);
        return kept;
    }
}
