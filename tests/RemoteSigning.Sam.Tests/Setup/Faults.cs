namespace RemoteSigning.Sam.Tests;

/// <summary>What goes wrong with a medium, as long as a test wants it.</summary>
internal sealed class Faults
{
    /// <summary>A write puts half of its bytes down and fails, as on a full disk.</summary>
    public bool Full { get; set; }

    /// <summary>A write leaves nothing behind and fails, as on a read-only medium.</summary>
    public bool ReadOnly { get; set; }

    public bool FlushFails { get; set; }

    public bool CutFails { get; set; }

    /// <summary>Flushes that have come to their end.</summary>
    public int Flushes { get; set; }

    /// <summary>Runs before each write: it may take its time.</summary>
    public Action? BeforeAppend { get; set; }

    public void Heal() => Full = ReadOnly = FlushFails = CutFails = false;
}
