namespace MailOps.Server.Imap.Threads;

/// <summary>The second half of REFERENCES (RFC 5256 section 3, steps 4 to 6): threads of one subject become one, and all are sorted.</summary>
internal static class SubjectMerge
{
    /// <summary>The threads, by when they began.</summary>
    /// <param name="roots">The threads that references make.</param>
    public static IReadOnlyList<ThreadNode> Of(List<ThreadNode> roots)
    {
        // Step 4.
        SortDummies(roots);
        roots.Sort(ThreadNode.BySent);
        var merged = Merge(roots, Table(roots));
        SortAll(merged);
        return merged;
    }

    // Step 5, A and B: the thread that others of its subject join.
    private static Dictionary<string, ThreadNode> Table(List<ThreadNode> roots)
    {
        var table = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            var subject = root.Head.Subject;
            if (subject.Length == 0)
                continue;
            if (!table.TryGetValue(subject, out var found))
                table.Add(subject, root);
            else if (found.Message is { } there && (root.Message is null || (there.IsReply && !root.Message.IsReply)))
                table[subject] = root;
        }

        return table;
    }

    // Step 5 C. What joined another thread is no root any more; a new dummy stands where the thread of its table stood.
    private static List<ThreadNode> Merge(List<ThreadNode> roots, Dictionary<string, ThreadNode> table)
    {
        var merged = new List<ThreadNode>(roots.Count);
        var places = new Dictionary<ThreadNode, ThreadNode>(ReferenceEqualityComparer.Instance);
        foreach (var root in roots)
        {
            var subject = root.Head.Subject;
            if (subject.Length == 0 || table[subject] == root)
            {
                merged.Add(root);
                continue;
            }

            var found = table[subject];
            if (found.Message is null && root.Message is null)
            {
                foreach (var child in root.Children)
                    found.Add(child);
            }
            else if (found.Message is null || (root.Message is { IsReply: true } && !found.Message.IsReply))
            {
                found.Add(root);
            }
            else
            {
                var dummy = new ThreadNode();
                dummy.Add(found);
                dummy.Add(root);
                table[subject] = dummy;
                places[found] = dummy;
            }
        }

        return [.. merged.Select(root => places.GetValueOrDefault(root, root))];
    }

    // Step 6, without recursion: a thread may be as deep as the mailbox is large.
    private static void SortAll(List<ThreadNode> roots)
    {
        var waiting = new Stack<ThreadNode>(roots);
        while (waiting.TryPop(out var node))
        {
            node.SortChildren();
            foreach (var child in node.Children)
                waiting.Push(child);
        }

        roots.Sort(ThreadNode.BySent);
    }

    private static void SortDummies(List<ThreadNode> roots)
    {
        foreach (var root in roots)
        {
            if (root.Message is null)
                root.SortChildren();
        }
    }
}
