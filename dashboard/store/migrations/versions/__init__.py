"""One file a step; revisions are four digits that ascend."""
