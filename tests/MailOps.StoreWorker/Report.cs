using System.Globalization;
using System.Text;

namespace MailOps.StoreWorker;

/// <summary>Lines to whoever watches. Each is one write to the pipe, which is there as a whole or not at all.</summary>
internal sealed class Report(Stream output)
{
    private readonly Lock _lock = new();
    private int _last;

    internal void Say(params ReadOnlySpan<string> fields)
    {
        var line = Encoding.UTF8.GetBytes(string.Join('\t', fields) + "\n");
        lock (_lock)
            output.Write(line);
    }

    /// <summary>Tells of a change before it begins.</summary>
    /// <returns>Its number, for <see cref="Done"/>.</returns>
    internal string Begin(string kind, params ReadOnlySpan<string> fields)
    {
        var number = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        Say(["begin", number, kind, .. fields]);
        return number;
    }

    /// <summary>Tells that the store acknowledged a change, and what it said.</summary>
    internal void Done(string number, params ReadOnlySpan<string> fields) => Say(["done", number, .. fields]);
}
