namespace MailOps.Client.Migration;

/// <summary>
/// Keeps small what a copy has allocated and needs no more. The runtime collects that when it is as much as the processor's cache has room for, 80 MiB and more, although
/// of what a copy allocates hardly anything lives for long: to collect it earlier takes a millisecond or two.
/// </summary>
internal static class YoungMemory
{
    private const long Most = 24 * 1024 * 1024;

    private static long _next;

    /// <summary>To be called now and then, by any number at once.</summary>
    public static void Keep()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var next = Volatile.Read(ref _next);
        if (allocated >= next && Interlocked.CompareExchange(ref _next, allocated + Most, next) == next)
            GC.Collect(0, GCCollectionMode.Forced, blocking: false);
    }
}
