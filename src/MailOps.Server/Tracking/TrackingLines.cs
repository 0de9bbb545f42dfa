namespace MailOps.Server.Tracking;

/// <summary>Goes through lines, or through those alone in which one of some texts stands.</summary>
internal ref struct TrackingLines(ReadOnlySpan<byte> text, IReadOnlyList<OctetNeedle> needles)
{
    private readonly ReadOnlySpan<byte> _text = text;

    // Where each text stands next; looked for only when the place is behind.
    private readonly int[] _next = new int[needles.Count];
    private int _at;
    private bool _hasBegun;

    /// <summary>Where the line is, without its end.</summary>
    public Range Current { get; private set; }

    /// <summary>For foreach.</summary>
    public readonly TrackingLines GetEnumerator() => this;

    /// <summary>Goes to the next line.</summary>
    public bool MoveNext()
    {
        if (_at >= _text.Length)
            return false;
        var hit = needles.Count == 0 ? _at : NextHit();
        if (hit < 0)
            return false;
        var start = needles.Count == 0 ? _at : _at + _text[_at..hit].LastIndexOf((byte)'\n') + 1;
        var length = _text[hit..].IndexOf((byte)'\n');
        var end = length < 0 ? _text.Length : hit + length;
        Current = start..end;
        _at = end + 1;
        return true;
    }

    private int NextHit()
    {
        var first = -1;
        for (var i = 0; i < _next.Length; i++)
        {
            if (!_hasBegun || (_next[i] >= 0 && _next[i] < _at))
                _next[i] = needles[i].IndexIn(_text[_at..]) is >= 0 and var found ? _at + found : -1;
            if (_next[i] >= 0 && (first < 0 || _next[i] < first))
                first = _next[i];
        }

        _hasBegun = true;
        return first;
    }
}
