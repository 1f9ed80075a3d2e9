namespace Kairos.Grains;

/// <summary>A block of history that is complete: which tier's, which, and its points, packed.</summary>
internal readonly record struct SealedBlock(int Tier, long Block, byte[] Packed);
