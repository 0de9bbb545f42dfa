namespace MailOps.Server.Imap.Threads;

/// <summary>ORDEREDSUBJECT (RFC 5256 section 3): messages of one subject are a thread, all of them children of the first.</summary>
internal static class OrderedSubjectThreads
{
    /// <summary>The threads, by when their first messages were sent.</summary>
    public static IReadOnlyList<ThreadNode> Of(IReadOnlyList<ThreadedMessage> messages)
    {
        var threads = new List<ThreadNode>();
        foreach (var thread in messages.OrderBy(message => message.Sent).ThenBy(message => message.Place).GroupBy(message => message.Subject, StringComparer.Ordinal))
        {
            ThreadNode? root = null;
            foreach (var message in thread)
            {
                var node = new ThreadNode { Message = message };
                if (root is null)
                    threads.Add(root = node);
                else
                    root.Add(node);
            }
        }

        return threads;
    }
}
