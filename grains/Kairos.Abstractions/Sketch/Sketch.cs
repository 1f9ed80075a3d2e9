namespace Kairos;

/// <summary>
/// Counts of durations by bucket of <see cref="SketchLayout"/>, kept sparse: most series touch a few dozen of the buckets.
/// Adding sketches gives the sketch of the union, in any order. Travels as <see cref="SketchSurrogate"/>. Not thread-safe.
/// </summary>
[Alias("Kairos.Sketch")]
public sealed class Sketch
{
    // A sketch so many times smaller is added by search, any other by a walk over both.
    private const int SearchedAtLeast = 16;

    // Parallel arrays in ascending order of bucket; only the first _length entries count.
    private int _length;
    private ushort[] _buckets = [];
    private long[] _counts = [];

    /// <summary>The buckets that hold a count, ascending.</summary>
    public ReadOnlySpan<ushort> Buckets => _buckets.AsSpan(0, _length);

    /// <summary>The counts of <see cref="Buckets"/>, one for one.</summary>
    public ReadOnlySpan<long> Counts => _counts.AsSpan(0, _length);

    /// <summary>All durations counted.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            foreach (var count in Counts)
            {
                sum += count;
            }

            return sum;
        }
    }

    /// <summary>The count of one bucket.</summary>
    public long this[int bucket] => Find(bucket, out var at) ? _counts[at] : 0;

    /// <summary>Adds to one bucket.</summary>
    public void Add(int bucket, long count) => At(bucket) += count;

    /// <summary>A sketch of these buckets, which must ascend, and their counts, one for one. Takes over the arrays.</summary>
    public static Sketch Over(ushort[] buckets, long[] counts)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        return new() { _length = buckets.Length, _buckets = buckets, _counts = counts };
    }

    /// <summary>Adds all that another sketch counted.</summary>
    public void Add(Sketch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._length < _length / SearchedAtLeast)
        {
            for (var i = 0; i < other._length; i++)
            {
                At(other._buckets[i]) += other._counts[i];
            }
        }
        else
        {
            Merge(other);
        }
    }

    /// <summary>Takes away what another sketch counted, down to nothing.</summary>
    public void Subtract(Sketch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < other._length; i++)
        {
            ref var count = ref At(other._buckets[i]);
            count = Math.Max(count - other._counts[i], 0);
        }
    }

    /// <summary>What this sketch counted beyond an earlier one.</summary>
    public Sketch Since(Sketch earlier)
    {
        var difference = new Sketch();
        ArgumentNullException.ThrowIfNull(earlier);
        for (var i = 0; i < _length; i++)
        {
            var count = _counts[i] - earlier[_buckets[i]];
            if (count > 0)
            {
                difference.Add(_buckets[i], count);
            }
        }

        return difference;
    }

    /// <summary>Sets one bucket.</summary>
    public void Set(int bucket, long count) => At(bucket) = count;

    /// <summary>Raises one bucket to a cumulative count and returns by how much it rose: 0 for a repeat.</summary>
    public long RaiseTo(int bucket, long count)
    {
        ref var current = ref At(bucket);
        var rise = Math.Max(count - current, 0);
        current += rise;
        return rise;
    }

    /// <summary>Raises every bucket that another sketch has to its count there; returns what rose and by how much.</summary>
    public Sketch RaiseTo(Sketch cumulative)
    {
        ArgumentNullException.ThrowIfNull(cumulative);
        var rise = new Sketch();
        for (var i = 0; i < cumulative._length; i++)
        {
            var by = RaiseTo(cumulative._buckets[i], cumulative._counts[i]);
            if (by > 0)
            {
                rise.Add(cumulative._buckets[i], by);
            }
        }

        return rise;
    }

    /// <summary>A copy that shares nothing with this one.</summary>
    public Sketch Clone() => new()
    {
        _length = _length,
        _buckets = Buckets.ToArray(),
        _counts = Counts.ToArray(),
    };

    /// <summary>
    /// The duration in seconds below or at which the share <paramref name="quantile"/> (0 to 1) of all durations lies, within 0.54 %;
    /// <see cref="double.NaN"/> for an empty sketch.
    /// </summary>
    public double Quantile(double quantile)
    {
        var total = Count;
        if (total == 0)
        {
            return double.NaN;
        }

        var rank = RankOf(quantile, total);
        var at = 0;
        for (long seen = _counts[0]; seen < rank; seen += _counts[at])
        {
            at++;
        }

        return SketchLayout.ValueOf(_buckets[at]);
    }

    /// <summary>Which of so many durations, the shortest being the first, a share (0 to 1) ends at.</summary>
    public static long RankOf(double quantile, long count) => Math.Clamp((long)Math.Ceiling(quantile * count), 1, count);

    private bool Find(int bucket, out int at)
    {
        at = Buckets.BinarySearch((ushort)bucket);
        return at >= 0;
    }

    private ref long At(int bucket)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bucket, (uint)SketchLayout.BucketCount);
        if (!Find(bucket, out var at))
        {
            at = ~at;
            Insert(at, (ushort)bucket);
        }

        return ref _counts[at];
    }

    /// <summary>From the last bucket to the first, so that each finds its place free.</summary>
    private void Merge(Sketch other)
    {
        var (mine, theirs) = (_length - 1, other._length - 1);
        _length += Missing(other);
        if (_length > _buckets.Length)
        {
            Grow(_length);
        }

        for (var into = _length - 1; theirs >= 0; into--)
        {
            var isMine = mine >= 0 && _buckets[mine] >= other._buckets[theirs];
            var isTheirs = mine < 0 || _buckets[mine] <= other._buckets[theirs];
            var count = (isMine ? _counts[mine] : 0) + (isTheirs ? other._counts[theirs] : 0);
            _buckets[into] = isMine ? _buckets[mine] : other._buckets[theirs];
            _counts[into] = count;
            (mine, theirs) = (isMine ? mine - 1 : mine, isTheirs ? theirs - 1 : theirs);
        }
    }

    /// <summary>How many buckets of another sketch this one does not have.</summary>
    private int Missing(Sketch other)
    {
        var (missing, mine) = (0, 0);
        foreach (var bucket in other.Buckets)
        {
            while (mine < _length && _buckets[mine] < bucket)
            {
                mine++;
            }

            missing += mine < _length && _buckets[mine] == bucket ? 0 : 1;
        }

        return missing;
    }

    private void Grow(int capacity)
    {
        Array.Resize(ref _buckets, capacity);
        Array.Resize(ref _counts, capacity);
    }

    private void Insert(int at, ushort bucket)
    {
        if (_length == _buckets.Length)
        {
            Grow(Math.Max(8, _length * 2));
        }

        Array.Copy(_buckets, at, _buckets, at + 1, _length - at);
        Array.Copy(_counts, at, _counts, at + 1, _length - at);
        _buckets[at] = bucket;
        _counts[at] = 0;
        _length++;
    }
}
