using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Keys;

/// <summary>What a floor list holds, short enough for every heartbeat.</summary>
/// <param name="Id">Of the list as it was opened: positions mean something in this one only.</param>
/// <param name="Count">How many entries were appended: the position behind the last.</param>
/// <param name="Size">How many keys have an entry.</param>
/// <param name="Digest">Exclusive or of <see cref="FloorEntry.HashWith"/> over all entries in force: the same for equal lists, whatever their order.</param>
internal sealed record FloorSummary(
    [property: JsonRequired] string Id,
    [property: JsonRequired] long Count,
    [property: JsonRequired] int Size,
    [property: JsonRequired] string Digest)
{
    public bool HoldsTheSameAs(FloorSummary other) => Size == other.Size && Digest == other.Digest;
}
