namespace MailOps.Server.Imap.Sorting;

/// <summary>What one criterion sees of the messages that are sorted: a value for each.</summary>
internal abstract class SortColumn
{
    /// <summary>Compares two messages by their rows.</summary>
    public abstract int Compare(int one, int other);

    /// <summary>Compares a message with one of another column of the same criterion.</summary>
    public abstract int Compare(int one, SortColumn column, int other);

    /// <summary>Sorts rows that stand in their order, by this column alone. What is the same stays in its order.</summary>
    public abstract void Sort(int[] rows);
}

/// <summary>Values of a kind.</summary>
/// <param name="values">The value of each row. Sorting destroys it.</param>
/// <param name="comparer">Their order.</param>
internal sealed class SortColumn<T>(T[] values, IComparer<T> comparer) : SortColumn
{
    public override int Compare(int one, int other) => comparer.Compare(values[one], values[other]);

    public override int Compare(int one, SortColumn column, int other) => comparer.Compare(values[one], ((SortColumn<T>)column).Value(other));

    public override void Sort(int[] rows)
    {
        // Messages mostly lie in the order in which they arrived.
        if (IsSorted())
            return;
        Array.Sort(values, rows, comparer);
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            while (end < rows.Length && comparer.Compare(values[start], values[end]) == 0)
                end++;
            if (end - start > 1)
                Array.Sort(rows, start, end - start);
            start = end;
        }
    }

    private bool IsSorted()
    {
        for (var row = 1; row < values.Length; row++)
        {
            if (comparer.Compare(values[row - 1], values[row]) > 0)
                return false;
        }

        return true;
    }

    private T Value(int row) => values[row];
}
