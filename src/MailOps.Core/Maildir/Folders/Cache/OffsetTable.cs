namespace MailOps.Maildir.Folders.Cache;

/// <summary>Offsets by UID in two flat arrays: twelve octets for each place, and no object for each message.</summary>
internal sealed class OffsetTable
{
    // An open addressing table. UID 0 is no UID: its places are free.
    private uint[] _uids = new uint[64];
    private long[] _offsets = new long[64];

    /// <summary>How many UIDs it has.</summary>
    public int Count { get; private set; }

    /// <summary>The offset of a UID; -1 if there is none.</summary>
    public long Find(uint uid) => PlaceOf(uid) is var place && _uids[place] == uid ? _offsets[place] : -1;

    /// <summary>Sets the offset of a UID.</summary>
    /// <returns>False if it had one already, which is replaced.</returns>
    public bool Set(uint uid, long offset)
    {
        var place = PlaceOf(uid);
        var isNew = _uids[place] == 0;
        if (isNew && (Count + 1) * 4L > _uids.Length * 3L)
        {
            Grow();
            place = PlaceOf(uid);
        }

        _uids[place] = uid;
        _offsets[place] = offset;
        if (isNew)
            Count++;
        return isNew;
    }

    /// <summary>All UIDs and offsets, in no order.</summary>
    public IEnumerable<(uint Uid, long Offset)> All()
    {
        for (var i = 0; i < _uids.Length; i++)
        {
            if (_uids[i] != 0)
                yield return (_uids[i], _offsets[i]);
        }
    }

    private int PlaceOf(uint uid)
    {
        // UIDs are dense: their low bits alone spread them best.
        var mask = _uids.Length - 1;
        var place = (int)(uid & (uint)mask);
        while (_uids[place] != 0 && _uids[place] != uid)
            place = (place + 1) & mask;
        return place;
    }

    private void Grow()
    {
        var (uids, offsets) = (_uids, _offsets);
        _uids = new uint[uids.Length * 2];
        _offsets = new long[uids.Length * 2];
        for (var i = 0; i < uids.Length; i++)
        {
            if (uids[i] == 0)
                continue;
            var place = PlaceOf(uids[i]);
            _uids[place] = uids[i];
            _offsets[place] = offsets[i];
        }
    }
}
